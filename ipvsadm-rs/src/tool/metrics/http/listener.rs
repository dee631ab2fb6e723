// SPDX-License-Identifier: GPL-2.0
//! Where clients come in: an address, or a local socket.

use crate::error::{self, Error};
use hyper_util::rt::TokioIo;
use std::io::{ErrorKind, Result};
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};

/// What stands before the path of a socket.
const UNIX: &str = "unix:";

/// A socket that clients connect to.
pub enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// A connection of either kind.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl Listener {
    /// Listens at an address. A runtime has to be there.
    pub fn open(address: &str) -> std::result::Result<Self, Error> {
        let listener = match address.strip_prefix(UNIX) {
            Some(path) => unix(Path::new(path)).map(Self::Unix),
            None => tcp(address).map(Self::Tcp),
        };
        listener.map_err(|problem| {
            let text = error::text(&problem);
            Error::refused(format!(
                "cannot listen at `{address}': {text}; ADDRESS:PORT, [ADDRESS]:PORT or unix:PATH is expected"
            ))
        })
    }

    /// The next client.
    pub async fn accept(&self) -> Result<TokioIo<Box<dyn Stream>>> {
        let stream: Box<dyn Stream> = match self {
            Self::Tcp(listener) => Box::new(listener.accept().await?.0),
            Self::Unix(listener) => Box::new(listener.accept().await?.0),
        };
        Ok(TokioIo::new(stream))
    }
}

fn tcp(address: &str) -> Result<TcpListener> {
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

fn unix(path: &Path) -> Result<UnixListener> {
    let listener = bind_unix(path)?;
    listener.set_nonblocking(true)?;
    UnixListener::from_std(listener)
}

/// A socket at a path. One at which nobody listens any more is replaced.
fn bind_unix(path: &Path) -> Result<std::os::unix::net::UnixListener> {
    let bind = || std::os::unix::net::UnixListener::bind(path);
    match bind() {
        Err(problem) if problem.kind() == ErrorKind::AddrInUse && is_stale(path) => {
            std::fs::remove_file(path)?;
            bind()
        }
        result => result,
    }
}

fn is_stale(path: &Path) -> bool {
    let is_socket = std::fs::symlink_metadata(path).is_ok_and(|meta| meta.file_type().is_socket());
    let refused = |problem: std::io::Error| problem.kind() == ErrorKind::ConnectionRefused;
    is_socket && UnixStream::connect(path).is_err_and(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn what_is_no_address_is_named() {
        for address in ["nowhere", "unix:/nowhere/at/all", "1.2.3.4"] {
            let Err(error) = Listener::open(address) else {
                panic!("{address}");
            };
            assert!(error.to_string().contains(address), "{error}");
        }
    }
}
