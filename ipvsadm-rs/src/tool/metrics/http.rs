// SPDX-License-Identifier: GPL-2.0
//! Answers to those who scrape. Whatever one of them does, the others are answered.

mod clients;
mod listener;

use super::exposition::Format;
use crate::error::{self, Error};
use crate::run;
use clients::{Clients, Place};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{HeaderValue, ACCEPT, ALLOW, CONTENT_TYPE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use listener::{Listener, Stream};
use std::convert::Infallible;
use std::io::ErrorKind;
use std::sync::mpsc::{channel, Receiver, Sender};
use std::thread;
use std::time::Duration;
use tokio::runtime::{self, Runtime};
use tokio::sync::oneshot;
use tokio::task::yield_now;
use tokio::time::{sleep, timeout};

/// What clients may take.
#[derive(Clone, Copy)]
struct Limits {
    /// How many there are at a time.
    clients: usize,
    /// How long one may take to ask.
    asking: Duration,
    /// How long one may take from its connection to the last byte of its answer.
    whole: Duration,
}

const LIMITS: Limits = Limits {
    clients: 32,
    asking: Duration::from_secs(10),
    whole: Duration::from_secs(60),
};

/// Room for the line and the headers of a request.
const HEADERS: usize = 16 * 1024;

/// How long to wait when no connection can be had, for want of file descriptors, say.
const PAUSE: Duration = Duration::from_secs(1);

/// A scrape that somebody waits for.
struct Wanted {
    format: Format,
    reply: oneshot::Sender<Result<Bytes, Error>>,
}

/// Answers at an address until the process ends. `scrape` makes the text.
pub fn serve(
    address: &str,
    scrape: &mut dyn FnMut(Format) -> Result<String, Error>,
) -> Result<Infallible, Error> {
    let runtime = runtime()?;
    let guard = runtime.enter();
    let listener = Listener::open(address)?;
    drop(guard);
    scrape_for(start(runtime, listener, LIMITS), scrape)
}

fn runtime() -> Result<Runtime, Error> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    runtime
        .map_err(|problem| Error::refused(format!("cannot serve HTTP: {}", error::text(&problem))))
}

/// Starts to answer, in a thread that never waits for the kernel's numbers. What is wanted of it comes
/// back.
fn start(runtime: Runtime, listener: Listener, limits: Limits) -> Receiver<Wanted> {
    let (sender, wanted) = channel();
    thread::spawn(move || runtime.block_on(accept_all(listener, sender, limits)));
    wanted
}

/// Scrapes, one at a time.
fn scrape_for(
    wanted: Receiver<Wanted>,
    scrape: &mut dyn FnMut(Format) -> Result<String, Error>,
) -> Result<Infallible, Error> {
    while let Ok(first) = wanted.recv() {
        reply_to([first].into_iter().chain(wanted.try_iter()), scrape);
    }
    Err(Error::refused("the thread that serves HTTP has ended"))
}

/// Replies to all who wait: with the same text to those who want the same format, which is as new as each
/// of them may expect.
fn reply_to(
    waiting: impl Iterator<Item = Wanted>,
    scrape: &mut dyn FnMut(Format) -> Result<String, Error>,
) {
    // Who has had to go, for want of time or room, has closed it.
    let waiting = waiting.filter(|wanted| !wanted.reply.is_closed());
    let (new, old): (Vec<_>, Vec<_>) =
        waiting.partition(|wanted| wanted.format == Format::OpenMetrics);
    for (format, waiting) in [(Format::OpenMetrics, new), (Format::Text, old)] {
        if waiting.is_empty() {
            continue;
        }
        let result = scrape(format).map(Bytes::from);
        for wanted in waiting {
            let _ = wanted.reply.send(result.clone());
        }
    }
}

async fn accept_all(listener: Listener, sender: Sender<Wanted>, limits: Limits) -> Infallible {
    let clients = Clients::default();
    loop {
        match listener.accept().await {
            Ok(stream) => {
                let sender = sender.clone();
                clients.admit(limits.clients, |place| {
                    converse(stream, place, sender, limits)
                });
                // It may have asked already, and the next one is not to take its place then.
                yield_now().await;
            }
            // The client has thought better of it.
            Err(problem) if problem.kind() == ErrorKind::ConnectionAborted => {}
            Err(problem) => {
                let text = error::text(&problem);
                run::tell(&format!("cannot accept a connection: {text}; retrying\n"));
                sleep(PAUSE).await;
            }
        }
    }
}

/// A connection: one request, one answer.
async fn converse(
    stream: TokioIo<Box<dyn Stream>>,
    place: Place,
    sender: Sender<Wanted>,
    limits: Limits,
) {
    let service = service_fn(|request| {
        place.has_asked();
        answer(request, sender.clone())
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.asking)
        .max_buf_size(HEADERS)
        .keep_alive(false)
        // Who has said all may still listen. That somebody has gone is seen only when the answer is sent.
        .half_close(true)
        .serve_connection(stream, service);
    // What goes wrong here is the client's.
    let _ = timeout(limits.whole, connection).await;
}

/// The answer to a request, whose body nobody looks at.
async fn answer(
    request: Request<Incoming>,
    sender: Sender<Wanted>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (status, content_type, text) = match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, "/metrics") => {
            let format = Format::accepted(accept(&request));
            match scraped(format, &sender).await {
                Ok(text) => (StatusCode::OK, format.content_type(), text),
                Err(error) => {
                    let text = error.to_string().into();
                    (StatusCode::SERVICE_UNAVAILABLE, PLAIN, text)
                }
            }
        }
        (&Method::GET | &Method::HEAD, "/") => (StatusCode::OK, PLAIN, "See /metrics\n".into()),
        (&Method::GET | &Method::HEAD, _) => (
            StatusCode::NOT_FOUND,
            PLAIN,
            "Not here; see /metrics\n".into(),
        ),
        _ => (
            StatusCode::METHOD_NOT_ALLOWED,
            PLAIN,
            "GET and HEAD are all there is\n".into(),
        ),
    };
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if status == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    Ok(response)
}

const PLAIN: &str = "text/plain; charset=utf-8";

fn accept(request: &Request<Incoming>) -> &str {
    let header = request.headers().get(ACCEPT);
    let text = header.and_then(|value| value.to_str().ok());
    text.unwrap_or_default()
}

/// What a scrape gives that begins now.
async fn scraped(format: Format, sender: &Sender<Wanted>) -> Result<Bytes, Error> {
    let (reply, result) = oneshot::channel();
    let ended = || Error::refused("nobody scrapes any more");
    sender.send(Wanted { format, reply }).map_err(|_| ended())?;
    result.await.map_err(|_| ended())?
}

#[cfg(test)]
mod tests;
