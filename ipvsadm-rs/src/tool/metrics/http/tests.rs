// SPDX-License-Identifier: GPL-2.0
//! Clients of all manners.

use super::*;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

/// Short times, for those who wait for them.
const SHORT: Limits = Limits {
    clients: 8,
    asking: Duration::from_millis(300),
    whole: Duration::from_millis(900),
};

/// No test takes so long.
const LONG: Duration = Duration::from_secs(600);

const PATIENT: Limits = Limits {
    clients: 32,
    asking: LONG,
    whole: LONG,
};

/// A server whose scrapes give `result` after the name of the format. It ends with the tests.
fn server(limits: Limits, result: Result<String, Error>) -> SocketAddr {
    let runtime = runtime().unwrap();
    let guard = runtime.enter();
    let listener = Listener::open("127.0.0.1:0").unwrap();
    drop(guard);
    let Listener::Tcp(tcp) = &listener else {
        panic!("not what was opened");
    };
    let address = tcp.local_addr().unwrap();
    let wanted = start(runtime, listener, limits);
    thread::spawn(move || {
        scrape_for(wanted, &mut |format| {
            result.clone().map(|text| format!("{format:?} {text}"))
        })
    });
    address
}

/// A connection that has sent this.
fn client(address: SocketAddr, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    stream
}

/// All that comes until the server closes.
fn heard(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

/// Whether the server has closed it, or does so soon, without a word.
fn is_dropped(mut stream: TcpStream) -> bool {
    let mut byte = [0];
    match stream.read(&mut byte) {
        Ok(count) => count == 0,
        Err(problem) => problem.kind() == ErrorKind::ConnectionReset,
    }
}

fn ask(address: SocketAddr, request: &str) -> String {
    heard(client(address, &format!("{request}\r\nHost: x\r\n\r\n")))
}

#[track_caller]
fn assert_serves(address: SocketAddr) {
    let text = ask(address, "GET /metrics HTTP/1.1");
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
    assert!(text.contains("Text "), "{text}");
}

fn numbers() -> Result<String, Error> {
    Ok("numbers".to_owned())
}

/// More than goes into the buffers of a socket.
fn much() -> Result<String, Error> {
    Ok("x".repeat(64 << 20))
}

#[test]
fn answers() {
    let address = server(LIMITS, numbers());
    let text = ask(address, "GET /metrics HTTP/1.1");
    assert!(text.starts_with("HTTP/1.1 200 "), "{text}");
    assert!(
        text.contains("content-type: text/plain; version=0.0.4"),
        "{text}"
    );
    assert!(text.ends_with("Text numbers"), "{text}");
    let accept = "GET /metrics?x=1 HTTP/1.1\r\nAccept: application/openmetrics-text;version=1.0.0";
    let text = ask(address, accept);
    assert!(
        text.contains("content-type: application/openmetrics-text"),
        "{text}"
    );
    assert!(text.ends_with("OpenMetrics numbers"), "{text}");
    let text = ask(address, "HEAD /metrics HTTP/1.1");
    assert!(text.contains("content-length: 12\r\n"), "{text}");
    assert!(text.ends_with("\r\n\r\n"), "{text}");
    assert!(ask(address, "GET /metrics HTTP/1.0").starts_with("HTTP/1.0 200 "));
    assert!(ask(address, "GET / HTTP/1.1").starts_with("HTTP/1.1 200 "));
    assert!(ask(address, "GET /x HTTP/1.1").starts_with("HTTP/1.1 404 "));
    assert!(ask(address, "DELETE /metrics HTTP/1.1").starts_with("HTTP/1.1 405 "));
    assert!(ask(address, "nonsense").starts_with("HTTP/1.1 400 "));
}

#[test]
fn what_cannot_be_had_is_said() {
    let address = server(LIMITS, Err(Error::refused("it is gone")));
    let text = ask(address, "GET /metrics HTTP/1.1");
    assert!(text.starts_with("HTTP/1.1 503 "), "{text}");
    assert!(text.ends_with("it is gone\n"), "{text}");
}

#[test]
fn bodies_are_not_waited_for() {
    let address = server(PATIENT, numbers());
    for length in ["5", "1000000000000000", "18446744073709551615"] {
        for method in ["GET", "POST"] {
            let request = format!("{method} /metrics HTTP/1.1\r\nContent-Length: {length}");
            let text = ask(address, &request);
            assert!(text.starts_with("HTTP/1.1 "), "{request}: {text}");
        }
    }
    assert_serves(address);
}

#[test]
fn long_headers_are_refused() {
    let address = server(PATIENT, numbers());
    let long = format!("GET /metrics HTTP/1.1\r\nX: {}", "x".repeat(HEADERS));
    assert!(heard(client(address, &long)).starts_with("HTTP/1.1 431 "));
    assert_serves(address);
}

#[test]
fn the_idle_make_room() {
    let address = server(PATIENT, numbers());
    let silent: Vec<_> = (0..100).map(|_| client(address, "")).collect();
    let halfway: Vec<_> = (0..100).map(|_| client(address, "GET /met")).collect();
    assert_serves(address);
    let mut all = silent.into_iter().chain(halfway);
    assert!(is_dropped(all.next().unwrap()));
    let last = all.next_back().unwrap();
    last.set_read_timeout(Some(Duration::from_millis(50)))
        .unwrap();
    assert!(!is_dropped(last), "there is room for it");
}

#[test]
fn who_does_not_read_delays_nobody() {
    let address = server(PATIENT, much());
    let request = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
    let lazy: Vec<_> = (0..3).map(|_| client(address, request)).collect();
    assert_serves(address);
    let text = heard(lazy.into_iter().next().unwrap());
    let (_, body) = text.split_once("\r\n\r\n").unwrap();
    assert_eq!(body.len(), "Text ".len() + (64 << 20));
}

#[test]
fn times_are_limited() {
    let address = server(SHORT, much());
    let begin = Instant::now();
    assert!(is_dropped(client(address, "")));
    assert!(is_dropped(client(address, "GET /metr")));
    assert!(begin.elapsed() >= 2 * SHORT.asking);

    let mut lazy = client(address, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    thread::sleep(2 * SHORT.whole);
    let mut bytes = Vec::new();
    let end = lazy.read_to_end(&mut bytes);
    assert!(end.is_err() || bytes.len() < 64 << 20, "all of it has come");
    // What needs no scrape, which takes its time.
    assert!(ask(address, "GET /x HTTP/1.1").starts_with("HTTP/1.1 404 "));
}

#[test]
fn who_stops_speaking_may_listen() {
    let address = server(PATIENT, numbers());
    let stream = client(address, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert!(heard(stream).ends_with("Text numbers"));
}

#[test]
fn all_who_wait_share_an_answer() {
    let (sender, wanted) = channel();
    let want = |format| {
        let (reply, result) = oneshot::channel();
        sender.send(Wanted { format, reply }).unwrap();
        result
    };
    let formats = [Format::Text, Format::OpenMetrics, Format::Text];
    let results = formats.map(want);
    drop(want(Format::Text));
    drop(sender);
    let mut scraped = Vec::new();
    let end = scrape_for(wanted, &mut |format| {
        scraped.push(format);
        Ok(format!("{format:?} {}", scraped.len()))
    });
    assert!(end.is_err());
    assert_eq!(scraped, [Format::OpenMetrics, Format::Text]);
    let [first, new, second] = results.map(|result| result.blocking_recv().unwrap().unwrap());
    assert_eq!(&new[..], b"OpenMetrics 1");
    assert_eq!(&first[..], b"Text 2");
    assert_eq!(first.as_ptr(), second.as_ptr());
}

#[test]
fn nobody_is_scraped_for_who_has_gone() {
    let (sender, wanted) = channel();
    let (reply, _) = oneshot::channel();
    let format = Format::Text;
    sender.send(Wanted { format, reply }).unwrap();
    drop(sender);
    assert!(scrape_for(wanted, &mut |_| panic!("nobody waits")).is_err());
}

#[test]
fn who_has_asked_stays_in_a_burst() {
    let runtime = runtime().unwrap();
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    socket.set_nonblocking(true).unwrap();
    let address = socket.local_addr().unwrap();
    // All of this is there before anybody is let in.
    let asking = client(address, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    let silent: Vec<_> = (0..100).map(|_| client(address, "")).collect();
    let guard = runtime.enter();
    let listener = Listener::Tcp(tokio::net::TcpListener::from_std(socket).unwrap());
    drop(guard);
    let wanted = start(runtime, listener, PATIENT);
    thread::spawn(move || scrape_for(wanted, &mut |_| numbers()));
    assert!(heard(asking).ends_with("numbers"));
    assert!(is_dropped(silent.into_iter().next().unwrap()));
}
