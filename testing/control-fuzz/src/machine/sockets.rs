// SPDX-License-Identifier: GPL-2.0

//! Options of sockets, by another program: `sockets` says why.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use nix::unistd::gettid;

use crate::socket_option::SocketOption;

/// The program, beside this one.
#[derive(Debug)]
pub struct Sockets {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Sockets {
    /// Starts it. It is in no namespace until [`Self::follow`].
    pub fn start() -> io::Result<Self> {
        let program = std::env::current_exe()?.with_file_name("sockets");
        let mut child = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let missing = || io::Error::other("no pipe");
        Ok(Self {
            to: child.stdin.take().ok_or_else(missing)?,
            from: BufReader::new(child.stdout.take().ok_or_else(missing)?),
            child,
        })
    }

    /// Goes into the namespace in which the thread is.
    pub fn follow(&mut self) -> io::Result<()> {
        let pid = std::process::id();
        self.exchange(&format!("n /proc/{pid}/task/{}/ns/net\n", gettid()))?;
        Ok(())
    }

    /// Sends a request; returns an errno or 0, and what was answered.
    pub fn ask(&mut self, option: &SocketOption) -> io::Result<(i32, Vec<u8>)> {
        let kind = if option.set { "s" } else { "g" };
        let data = match &option.data {
            None => "-".to_owned(),
            Some(data) => data
                .iter()
                .fold("x".to_owned(), |text, byte| format!("{text}{byte:02x}")),
        };
        self.exchange(&format!("{kind} {} {} {data}\n", option.number, option.len))
    }

    fn exchange(&mut self, line: &str) -> io::Result<(i32, Vec<u8>)> {
        self.to.write_all(line.as_bytes())?;
        let mut answer = String::new();
        self.from.read_line(&mut answer)?;
        let (errno, data) = answer
            .trim_end_matches('\n')
            .split_once(' ')
            .ok_or_else(|| io::Error::other("the program for sockets has ended"))?;
        let errno = errno.parse().map_err(io::Error::other)?;
        let data = (0..data.len() / 2)
            .filter_map(|at| u8::from_str_radix(data.get(2 * at..2 * at + 2)?, 16).ok())
            .collect();
        Ok((errno, data))
    }
}

impl Drop for Sockets {
    fn drop(&mut self) {
        // Both fail only if it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
