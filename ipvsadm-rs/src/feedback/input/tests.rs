// SPDX-License-Identifier: GPL-2.0
//! Inputs that behave, and such that do not.

use super::*;
use crate::feedback::config::Config;
use std::net::TcpListener;

/// Long enough for a busy machine.
const SOON: Duration = Duration::from_secs(2);

fn here() -> Server {
    Server {
        addr: [127, 0, 0, 1].into(),
        port: 80,
        weight: 10,
        ..Server::default()
    }
}

fn input(text: &str) -> Input {
    let text = format!("[[service]]\nfwmark = 1\n[[service.input]]\n{text}");
    Config::read(&text).unwrap().services[0].inputs[0].clone()
}

fn asked(text: &str) -> Result<Reading, Problem> {
    let mut memory = Memory::default();
    ask(&input(text), &here(), &mut memory, SOON).unwrap()
}

/// A port where each connection is treated like this.
fn listening(treat: impl Fn(TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            treat(stream.unwrap());
        }
    });
    port
}

fn agent(treat: impl Fn(TcpStream) + Send + 'static) -> Result<Reading, Problem> {
    asked(&format!("kind = 'agent'\nport = {}", listening(treat)))
}

#[test]
fn an_agent() {
    let says = |text: &'static [u8]| agent(move |mut to| to.write_all(text).unwrap());
    assert_eq!(says(b"up 75%\n"), Ok(Reading::Load(0.25)));
    assert_eq!(says(b"75%"), Ok(Reading::Load(0.25)));
    assert_eq!(says(b"drain\n"), Ok(Reading::Out));
    assert!(says(b"").is_err());
    assert!(says(b"\xff\xfe\x00\n").is_err());
}

#[test]
fn an_agent_that_is_silent_endless_or_gone() {
    let late = Err("no answer in time".to_string());
    let begun = Instant::now();
    assert_eq!(agent(|_stream| std::thread::sleep(SOON * 5)), late);
    assert_eq!(
        agent(|mut to| while to.write_all(b"7").is_ok() {
            std::thread::sleep(SOON / 20);
        }),
        late
    );
    assert!(agent(|mut to| while to.write_all(&[b'7'; 4096]).is_ok() {}).is_err());
    assert!(begun.elapsed() < SOON * 6);
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let gone = asked(&format!("kind = 'agent'\nport = {port}"));
    assert_eq!(gone, Err("Connection refused".into()));
}

fn exporter(answer: impl Fn() -> String + Send + 'static) -> u16 {
    listening(move |mut stream| {
        let mut request = [0; 512];
        let length = stream.read(&mut request).unwrap();
        assert!(request[..length].starts_with(b"GET /metrics HTTP/1.0\r\n"));
        // Who has heard enough hangs up.
        let _ = stream.write_all(answer().as_bytes());
    })
}

#[test]
fn a_node_exporter() {
    let (idle, told) = (
        std::sync::atomic::AtomicU32::new(0),
        std::sync::atomic::Ordering::Relaxed,
    );
    let port = exporter(move || {
        let times = idle.fetch_add(1, told);
        format!(
            "HTTP/1.0 200 OK\r\n\r\nnode_cpu_seconds_total{{mode=\"idle\",cpu=\"0\"}} {}\n\
             node_cpu_seconds_total{{cpu=\"0\",mode=\"user\"}} {}\nnode_load1 0.3\n",
            times,
            times * 3,
        )
    });
    let exporter = input(&format!("kind = 'node-exporter'\nport = {port}"));
    let mut memory = Memory::default();
    let mut ask = || ask(&exporter, &here(), &mut memory, SOON).unwrap();
    assert!(ask().is_err(), "all zero");
    assert_eq!(ask(), Err("asked for the first time".into()));
    assert_eq!(ask(), Ok(Reading::Load(0.75)));
    let metric = |name| {
        asked(&format!(
            "kind = 'node-exporter'\nport = {port}\nmetric = '{name}'"
        ))
    };
    assert_eq!(metric("load"), Ok(Reading::Load(0.3)));
    assert_eq!(metric("node_load1"), Ok(Reading::Load(0.3)));
    assert!(metric("node_load15").is_err());
}

#[test]
fn an_exporter_of_something_else() {
    let says = |answer: &'static str| {
        let port = exporter(move || answer.into());
        asked(&format!(
            "kind = 'node-exporter'\nport = {port}\nmetric = 'load'"
        ))
    };
    assert_eq!(
        says("HTTP/1.0 503 No\r\n\r\n"),
        Err("HTTP status 503".into())
    );
    assert!(says("HTTP/1.0 200 OK\r\n\r\n<html>").is_err());
    assert_eq!(
        says("HTTP/1.0 200 OK\r\nContent-Length: 99\r\n\r\nnode_load1 0.3\n"),
        Err("the answer has 15 bytes instead of 99".into())
    );
    assert!(says("").is_err());
}

#[test]
fn an_exporter_of_too_much() {
    let port = exporter(|| "HTTP/1.0 200 OK\r\n\r\n".to_string() + &"#\n".repeat(3 << 20));
    let input = input(&format!("kind = 'node-exporter'\nport = {port}"));
    let mut memory = Memory::default();
    let said = ask(&input, &here(), &mut memory, SOON * 20).unwrap();
    assert_eq!(said, Err("the answer is longer than 4 MiB".into()));
}

fn command(script: &str, output: &str) -> Result<Reading, Problem> {
    asked(&format!(
        "kind = 'command'\ncommand = ['sh', '-c', '''{script}''', 'sh', '{{address}}', '{{weight}}']\n\
         output = '{output}'"
    ))
}

#[test]
fn a_command() {
    assert_eq!(command("echo 0.5", "load"), Ok(Reading::Load(0.5)));
    assert_eq!(command("echo 0.$2", "load"), Ok(Reading::Load(0.10)));
    assert_eq!(
        command("test $1 = 127.0.0.1", "status"),
        Ok(Reading::Share(1.0))
    );
    assert_eq!(command("exit 7", "status"), Ok(Reading::Share(0.5)));
    assert_eq!(command("exit 1", "status"), Ok(Reading::Out));
    assert_eq!(command("exit 1", "load"), Ok(Reading::Out));
    assert_eq!(command("exit 2", "status"), Ok(Reading::Out));
    for status in [2, 3, 7, 126, 127] {
        let said = command(&format!("echo 0.5; exit {status}"), "load");
        assert_eq!(said, Err(format!("exit status {status}")));
    }
    assert!(command("echo x", "load").is_err());
    // More than a pipe has room for.
    let much = "yes 0.5 | head -n 50000";
    assert_eq!(command(much, "load"), Ok(Reading::Load(0.5)));
    assert_eq!(command(much, "status"), Ok(Reading::Share(1.0)));
    assert!(command("kill -9 $$", "status").is_err());
    let none = asked("kind = 'command'\ncommand = ['/nonexistent']");
    assert_eq!(
        none,
        Err("cannot run /nonexistent: No such file or directory".into())
    );
}

#[test]
fn a_command_that_does_not_end() {
    let begun = Instant::now();
    assert!(command("exec sleep 60", "load").is_err());
    assert!(command("yes", "load").is_err());
    // What it has started has its stdout, but is not waited for.
    assert_eq!(
        command("sleep 5 & echo 0.5", "load"),
        Ok(Reading::Load(0.5))
    );
    assert!(begun.elapsed() < SOON * 6);
}

#[test]
fn the_director_is_not_asked() {
    let mut memory = Memory::default();
    let asked = ask(&input("kind = 'connections'"), &here(), &mut memory, SOON);
    assert_eq!(asked, None);
}
