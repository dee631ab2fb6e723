// SPDX-License-Identifier: GPL-2.0
//! Answers to those who scrape.

use super::exposition::Format;
use crate::error::{self, Error};
use std::io::ErrorKind;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use tiny_http::{Header, Listener, Method, Request, Response, Server, StatusCode};

/// What stands before the path of a socket.
const UNIX: &str = "unix:";

/// Answers at an address until the process ends. `scrape` makes the text.
pub fn serve(
    address: &str,
    scrape: &mut dyn FnMut(Format) -> Result<String, Error>,
) -> Result<(), Error> {
    let server = open(address)?;
    for request in server.incoming_requests() {
        answer(request, scrape);
    }
    Ok(())
}

fn open(address: &str) -> Result<Server, Error> {
    let listener = match address.strip_prefix(UNIX) {
        Some(path) => bind_unix(Path::new(path)).map(Listener::Unix),
        None => std::net::TcpListener::bind(address).map(Listener::Tcp),
    };
    let failed = |text: &str| {
        Error::refused(format!(
            "cannot listen at `{address}': {text}; ADDRESS:PORT, [ADDRESS]:PORT or unix:PATH is expected"
        ))
    };
    let listener = listener.map_err(|problem| failed(&error::text(&problem)))?;
    Server::from_listener(listener, None).map_err(|problem| failed(&problem.to_string()))
}

/// A socket at a path. One at which nobody listens any more is replaced.
fn bind_unix(path: &Path) -> std::io::Result<UnixListener> {
    match UnixListener::bind(path) {
        Err(problem) if problem.kind() == ErrorKind::AddrInUse && is_stale(path) => {
            std::fs::remove_file(path)?;
            UnixListener::bind(path)
        }
        result => result,
    }
}

fn is_stale(path: &Path) -> bool {
    let is_socket = std::fs::symlink_metadata(path).is_ok_and(|meta| meta.file_type().is_socket());
    let refused = |problem: std::io::Error| problem.kind() == ErrorKind::ConnectionRefused;
    is_socket && UnixStream::connect(path).is_err_and(refused)
}

fn answer(request: Request, scrape: &mut dyn FnMut(Format) -> Result<String, Error>) {
    let path = request.url().split('?').next().unwrap_or_default();
    let (status, content_type, text) = match (request.method(), path) {
        (Method::Get | Method::Head, "/metrics") => {
            let format = Format::accepted(accept(&request));
            match scrape(format) {
                Ok(text) => (200, format.content_type(), text),
                Err(error) => (503, PLAIN, error.to_string()),
            }
        }
        (Method::Get | Method::Head, "/") => (200, PLAIN, "See /metrics\n".into()),
        (Method::Get | Method::Head, _) => (404, PLAIN, "Not here; see /metrics\n".into()),
        _ => (405, PLAIN, "GET and HEAD are all there is\n".into()),
    };
    let mut response = Response::from_string(text).with_status_code(StatusCode(status));
    if let Ok(header) = Header::from_bytes("Content-Type", content_type) {
        response.add_header(header);
    }
    // Who has gone does not want it.
    let _ = request.respond(response);
}

const PLAIN: &str = "text/plain; charset=utf-8";

fn accept(request: &Request) -> &str {
    let header = request
        .headers()
        .iter()
        .find(|header| header.field.equiv("Accept"));
    header.map_or("", |header| header.value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    #[test]
    fn a_socket_that_was_left_is_replaced() {
        let path = std::env::temp_dir().join(format!("metrics-{}", std::process::id()));
        drop(bind_unix(&path).unwrap());
        let live = bind_unix(&path).unwrap();
        assert_eq!(bind_unix(&path).unwrap_err().kind(), ErrorKind::AddrInUse);
        drop(live);
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, "precious").unwrap();
        assert!(bind_unix(&path).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"precious");
        std::fs::remove_file(&path).unwrap();
    }

    /// What comes back for a request, if scraping gives `result`.
    fn ask(request: &str, result: Result<String, Error>) -> String {
        let server = open("127.0.0.1:0").unwrap();
        let address = server.server_addr().to_ip().unwrap();
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        write!(stream, "{request}\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        answer(server.recv().unwrap(), &mut |format| {
            result.clone().map(|text| format!("{format:?} {text}"))
        });
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn answers() {
        let ok = Ok("numbers".to_owned());
        let text = ask("GET /metrics HTTP/1.1", ok.clone());
        assert!(text.starts_with("HTTP/1.1 200 "), "{text}");
        assert!(
            text.contains("Content-Type: text/plain; version=0.0.4"),
            "{text}"
        );
        assert!(text.ends_with("Text numbers"), "{text}");
        let accept =
            "GET /metrics?x=1 HTTP/1.1\r\nAccept: application/openmetrics-text;version=1.0.0";
        let text = ask(accept, ok.clone());
        assert!(
            text.contains("Content-Type: application/openmetrics-text"),
            "{text}"
        );
        assert!(text.ends_with("OpenMetrics numbers"), "{text}");
        assert!(ask("GET / HTTP/1.1", ok.clone()).starts_with("HTTP/1.1 200 "));
        assert!(ask("GET /x HTTP/1.1", ok.clone()).starts_with("HTTP/1.1 404 "));
        assert!(ask("DELETE /metrics HTTP/1.1", ok).starts_with("HTTP/1.1 405 "));
        let text = ask("GET /metrics HTTP/1.1", Err(Error::refused("it is gone")));
        assert!(text.starts_with("HTTP/1.1 503 "), "{text}");
        assert!(text.ends_with("it is gone\n"), "{text}");
    }

    #[test]
    fn what_is_no_address_is_named() {
        for address in ["nowhere", "unix:/nowhere/at/all", "1.2.3.4"] {
            let Err(error) = open(address) else {
                panic!("{address}");
            };
            assert!(error.to_string().contains(address), "{error}");
        }
    }
}
