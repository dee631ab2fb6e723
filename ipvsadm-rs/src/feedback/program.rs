// SPDX-License-Identifier: GPL-2.0
//! Commands that are run for what they say. None is waited for longer than it may, and what it has
//! started ends with it.

use super::group;
use super::reading::Problem;
use crate::error;
use nix::errno::Errno;
use nix::poll::{poll, PollFd, PollFlags, PollTimeout};
use nix::sys::wait::{waitid, Id, WaitPidFlag, WaitStatus};
use std::io::{ErrorKind, Read};
use std::os::fd::AsFd;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// So much of what a command says is kept, in bytes.
const KEPT: usize = 1 << 10;
/// Who says more than that does not stop.
const MOST: usize = 4 << 20;
/// How long a command is left alone, at most.
const NAP: Duration = Duration::from_millis(20);
/// So often it is looked, a millisecond apart, whether one that was killed is gone.
const LOOKS: u32 = 20;

/// Commands that were killed but have not ended, as if they wait for a disk. Nobody waits for them.
static ENDING: Mutex<Vec<(Vec<String>, Child)>> = Mutex::new(Vec::new());

fn ending() -> MutexGuard<'static, Vec<(Vec<String>, Child)>> {
    ENDING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether this command is one of them still. Those that have ended are forgotten.
fn is_ending(words: &[String]) -> bool {
    let mut ending = ending();
    ending.retain_mut(|(_, child)| matches!(child.try_wait(), Ok(None)));
    ending.iter().any(|(others, _)| others == words)
}

/// What becomes of what a command says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// Its beginning is told, and the rest is read.
    Told,
    /// It goes nowhere.
    Dropped,
}

/// Runs a command, and kills it and what it has started if it has not ended by then. Its exit status,
/// none if somebody else has killed it, and the beginning of what it has said if that is to be told.
pub fn run(words: &[String], text: Text, until: Instant) -> Result<(Option<i32>, String), Problem> {
    if is_ending(words) {
        return Err("the command was killed but has not ended yet".into());
    }
    let mut running = Running::start(words, text)?;
    let status = running.attend(until);
    let said = String::from_utf8_lossy(&running.said).into_owned();
    if let Some(child) = running.end() {
        ending().push((words.to_vec(), child));
    }
    Ok((status?, said))
}

/// A command that has been started, the first of a process group of its own.
struct Running {
    child: Child,
    /// Where it says something, until it says no more.
    pipe: Option<ChildStdout>,
    said: Vec<u8>,
    /// How much it has said, in bytes.
    length: usize,
}

impl Running {
    fn start(words: &[String], text: Text) -> Result<Self, Problem> {
        let (name, words) = words.split_first().ok_or("there is no command")?;
        let mut command = Command::new(name);
        command.args(words).stdin(Stdio::null());
        command.stderr(Stdio::null()).stdout(match text {
            Text::Told => Stdio::piped(),
            Text::Dropped => Stdio::null(),
        });
        let mut child = group::start(&mut command)
            .map_err(|error| format!("cannot run {name}: {}", error::text(&error)))?;
        Ok(Self {
            pipe: child.stdout.take(),
            child,
            said: Vec::new(),
            length: 0,
        })
    }

    /// Listens until it ends, and returns its exit status.
    fn attend(&mut self, until: Instant) -> Result<Option<i32>, Problem> {
        let mut nap = Duration::from_millis(1);
        loop {
            // Looked at first, so that all it has said is in the pipe then. What it has left running
            // may hold the other end.
            let status = self.status()?;
            let left = until.saturating_duration_since(Instant::now());
            let patience = match status {
                Some(_) => Duration::ZERO,
                None => nap.min(left),
            };
            self.listen(patience, until)?;
            match status {
                Some(status) => return Ok(status),
                None if left.is_zero() => return Err("no answer in time".into()),
                None => nap = (nap * 2).min(NAP),
            }
        }
    }

    /// Its exit status if it has ended. It stays a zombie, so that its number is nobody else's.
    fn status(&self) -> Result<Option<Option<i32>>, Problem> {
        let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT | WaitPidFlag::WNOHANG;
        match waitid(Id::Pid(group::pid(&self.child)), flags) {
            Ok(WaitStatus::Exited(_, status)) => Ok(Some(Some(status))),
            Ok(WaitStatus::Signaled(..)) => Ok(Some(None)),
            Ok(_) | Err(Errno::EINTR) => Ok(None),
            Err(errno) => Err(error::text(&errno.into())),
        }
    }

    /// Waits so long for it to say something, and takes all there is; of what comes without a pause
    /// nothing after `until`.
    fn listen(&mut self, mut patience: Duration, until: Instant) -> Result<(), Problem> {
        let mut bytes = [0; 4096];
        while let Some(pipe) = &mut self.pipe {
            if !is_readable(pipe, patience)? {
                return Ok(());
            }
            patience = Duration::ZERO;
            match pipe.read(&mut bytes) {
                Ok(0) => self.pipe = None,
                Ok(length) => self.take(&bytes[..length])?,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error::text(&error)),
            }
            if Instant::now() >= until {
                return Ok(());
            }
        }
        std::thread::sleep(patience);
        Ok(())
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        self.length += bytes.len();
        if self.length > MOST {
            return Err(format!("the command says more than {} MiB", MOST >> 20));
        }
        let room = KEPT - self.said.len();
        self.said.extend(bytes.iter().take(room));
        Ok(())
    }

    /// Kills what there is of it, and returns it if that takes a while.
    fn end(mut self) -> Option<Child> {
        group::kill(&self.child);
        for _ in 0..LOOKS {
            match self.child.try_wait() {
                Ok(None) => std::thread::sleep(Duration::from_millis(1)),
                Ok(Some(_)) | Err(_) => return None,
            }
        }
        Some(self.child)
    }
}

fn is_readable(pipe: &ChildStdout, patience: Duration) -> Result<bool, Problem> {
    let timeout = PollTimeout::try_from(patience).unwrap_or(PollTimeout::ZERO);
    let mut fds = [PollFd::new(pipe.as_fd(), PollFlags::POLLIN)];
    match poll(&mut fds, timeout) {
        Ok(ready) => Ok(ready > 0),
        Err(Errno::EINTR) => Ok(false),
        Err(errno) => Err(error::text(&errno.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(1);
    /// For what ends by itself, on a busy machine, too.
    const LATER: Duration = Duration::from_secs(30);

    fn sh(script: &str) -> Vec<String> {
        ["sh", "-c", script].map(String::from).to_vec()
    }

    fn run_sh(script: &str, patience: Duration) -> Result<(Option<i32>, String), Problem> {
        run(&sh(script), Text::Told, Instant::now() + patience)
    }

    /// Whether a process runs, or is about to.
    fn runs(pid: &str) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let state = stat.rsplit(") ").next().unwrap_or_default();
        !state.is_empty() && !state.starts_with(['Z', 'X'])
    }

    fn is_gone(pid: &str) -> bool {
        let until = Instant::now() + LATER;
        while runs(pid) && Instant::now() < until {
            std::thread::sleep(NAP);
        }
        !runs(pid)
    }

    #[test]
    fn what_it_has_started_ends_with_it() {
        let file = std::env::temp_dir().join(format!("ipvsadm-rs-program-{}", std::process::id()));
        let pids = || std::fs::read_to_string(&file).unwrap();
        let script = format!("sleep 61 & echo $! >{}; sleep 62 | cat", file.display());
        assert_eq!(run_sh(&script, SOON * 5), Err("no answer in time".into()));
        assert!(is_gone(pids().trim()), "of one that was killed");
        let script = format!("sleep 63 & echo $! >{}; echo 7", file.display());
        assert_eq!(run_sh(&script, LATER), Ok((Some(0), "7\n".into())));
        assert!(is_gone(pids().trim()), "of one that has ended");
        std::fs::remove_file(file).unwrap();
    }

    #[test]
    fn who_says_much_is_listened_to_but_not_without_end() {
        let (status, said) = run_sh("yes 0.5 | head -n 10000", LATER).unwrap();
        assert_eq!((status, said.len()), (Some(0), KEPT));
        let endless = run_sh("yes", LATER);
        assert_eq!(endless, Err("the command says more than 4 MiB".into()));
    }

    #[test]
    fn who_says_little_at_a_time_is_not_listened_to_for_longer() {
        let mut running = Running::start(&sh("yes"), Text::Told).unwrap();
        let pipe = running.pipe.as_ref().unwrap();
        assert_eq!(is_readable(pipe, LATER), Ok(true));
        assert_eq!(running.listen(Duration::ZERO, Instant::now()), Ok(()));
        assert!((1..=4096).contains(&running.length), "{}", running.length);
        assert!(running.end().is_none());
    }

    #[test]
    fn where_nothing_is_told_anything_may_be_said() {
        let endless = run(&sh("yes"), Text::Dropped, Instant::now() + SOON / 4);
        assert_eq!(endless, Err("no answer in time".into()));
        let much = sh("yes | head -n 3000000; exit 7");
        let much = run(&much, Text::Dropped, Instant::now() + LATER);
        assert_eq!(much, Ok((Some(7), String::new())));
    }

    #[test]
    fn who_does_not_end_is_not_started_again() {
        let words = sh("sleep 2");
        let running = Running::start(&words, Text::Dropped).unwrap();
        ending().push((words.clone(), running.child));
        let later = |words: &[String]| run(words, Text::Told, Instant::now() + LATER);
        assert!(later(&words).is_err());
        assert!(later(&sh("true")).is_ok(), "another one");
        std::thread::sleep(SOON * 4);
        assert_eq!(later(&words), Ok((Some(0), String::new())));
    }
}
