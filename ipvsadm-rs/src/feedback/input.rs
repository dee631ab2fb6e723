// SPDX-License-Identifier: GPL-2.0
//! Asking inputs. None takes longer than it may, whatever is at the other end, and none is read
//! without end.

use super::config::{Input, Output};
use super::http;
use super::program::{self, Text};
use super::reading::{self, CpuTimes, Problem, Reading};
use crate::error::text;
use crate::model::Server;
use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// The longest answer that is read, in bytes.
const LONGEST: u64 = 4 << 20;
/// The longest line of an agent.
const LINE: u64 = 1 << 10;

/// Where an input is: on the server itself if no host is said.
fn place(host: Option<&str>, port: u16, server: &Server) -> Result<SocketAddr, Problem> {
    let addr: IpAddr = match host {
        None => server.addr,
        Some(host) => {
            let host = filled(host, server);
            let addr = host.parse();
            addr.map_err(|_| format!("host `{host}' is no address"))?
        }
    };
    Ok(SocketAddr::new(addr, port))
}

/// A text with what it says of the server.
fn filled(text: &str, server: &Server) -> String {
    text.replace("{address}", &server.addr.to_string())
        .replace("{port}", &server.port.to_string())
        .replace("{weight}", &server.weight.to_string())
}

/// What is kept of an input from one round to the next.
#[derive(Clone, Copy, Debug, Default)]
pub struct Memory {
    cpu: Option<CpuTimes>,
}

/// Asks an input that is elsewhere about a server; `None` for one that the director knows itself.
pub fn ask(
    input: &Input,
    server: &Server,
    memory: &mut Memory,
    timeout: Duration,
) -> Option<Result<Reading, Problem>> {
    let until = Instant::now() + timeout;
    Some(match input {
        Input::Agent {
            host,
            port,
            percent,
            ..
        } => place(host.as_deref(), *port, server)
            .and_then(|place| agent_line(place, until))
            .and_then(|line| reading::agent(&line, *percent)),
        Input::NodeExporter {
            host,
            port,
            path,
            metric,
            full,
            ..
        } => place(host.as_deref(), *port, server)
            .and_then(|place| get(place, &filled(path, server), until))
            .and_then(|answer| match metric.as_str() {
                "cpu" => cpu(&answer, memory),
                "load" => reading::load_average(&answer),
                name => reading::gauge(&answer, name, *full),
            }),
        Input::Command {
            command, output, ..
        } => {
            let words: Vec<_> = command.iter().map(|word| filled(word, server)).collect();
            let told = match output {
                Output::Load => Text::Told,
                Output::Status => Text::Dropped,
            };
            program::run(&words, told, until).and_then(|(status, said)| match output {
                Output::Status => reading::status(status, server.weight),
                Output::Load => reading::load_or_out(status, &said),
            })
        }
        Input::Connections { .. }
        | Input::NewConnections { .. }
        | Input::Handshake { .. }
        | Input::Resets { .. } => return None,
    })
}

fn cpu(metrics: &str, memory: &mut Memory) -> Result<Reading, Problem> {
    let now = CpuTimes::read(metrics)?;
    match memory.cpu.replace(now) {
        Some(before) => now.since(&before),
        None => Err("asked for the first time".into()),
    }
}

fn problem(error: &io::Error) -> Problem {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => "no answer in time".into(),
        _ => text(error),
    }
}

/// What is left until then.
fn left(until: Instant) -> io::Result<Duration> {
    match until.saturating_duration_since(Instant::now()) {
        Duration::ZERO => Err(io::ErrorKind::TimedOut.into()),
        left => Ok(left),
    }
}

/// A stream that ends in time also if it is fed byte by byte.
struct Hurried {
    stream: TcpStream,
    until: Instant,
}

impl Hurried {
    fn connect(place: SocketAddr, until: Instant) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&place, left(until)?)?;
        Ok(Self { stream, until })
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.set_write_timeout(Some(left(self.until)?))?;
        self.stream.write_all(bytes)
    }
}

impl Read for Hurried {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(left(self.until)?))?;
        self.stream.read(bytes)
    }
}

/// The first line that an agent sends, of its own accord.
fn agent_line(place: SocketAddr, until: Instant) -> Result<String, Problem> {
    let read = || -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        for byte in Hurried::connect(place, until)?.take(LINE).bytes() {
            match byte? {
                b'\n' => break,
                byte => line.push(byte),
            }
        }
        Ok(line)
    };
    let line = read().map_err(|error| problem(&error))?;
    Ok(String::from_utf8_lossy(&line).into_owned())
}

/// The metrics of an answer over HTTP/1.0.
fn get(place: SocketAddr, path: &str, until: Instant) -> Result<String, Problem> {
    let request = format!("GET {path} HTTP/1.0\r\nHost: {place}\r\nAccept: text/plain\r\n\r\n");
    let exchange = || -> io::Result<Vec<u8>> {
        let mut stream = Hurried::connect(place, until)?;
        stream.send(request.as_bytes())?;
        let mut answer = Vec::new();
        stream.take(LONGEST + 1).read_to_end(&mut answer)?;
        Ok(answer)
    };
    let answer = exchange().map_err(|error| problem(&error))?;
    if answer.len() as u64 > LONGEST {
        return Err(format!("the answer is longer than {} MiB", LONGEST >> 20));
    }
    Ok(String::from_utf8_lossy(http::metrics(&answer)?).into_owned())
}

#[cfg(test)]
mod tests;
