// SPDX-License-Identifier: GPL-2.0
//! The process groups of commands that run. A terminal tells its signals but to its own group, so these
//! are killed when a signal ends the controller.

use nix::sys::signal::{killpg, Signal};
use nix::unistd::Pid;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;
use std::io::{Error, ErrorKind, Result};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{sleep, Builder};
use std::time::Duration;

/// So often commands that are just being started are waited for, with so much time between.
const TRIES: u32 = 100;
const NAP: Duration = Duration::from_millis(10);

static GROUPS: Mutex<Groups> = Mutex::new(Groups::new());

/// Those that run.
struct Groups {
    running: Vec<Pid>,
    /// How many are being started.
    starting: usize,
    /// Whether no more are started.
    is_over: bool,
}

impl Groups {
    const fn new() -> Self {
        Self {
            running: Vec::new(),
            starting: 0,
            is_over: false,
        }
    }
}

fn lock(groups: &Mutex<Groups>) -> MutexGuard<'_, Groups> {
    groups.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The number of a process.
pub fn pid(child: &Child) -> Pid {
    // Those of the kernel are below 2^22.
    Pid::from_raw(child.id() as i32)
}

/// Starts a command as the first of a group of its own.
pub fn start(command: &mut Command) -> Result<Child> {
    start_in(&GROUPS, command)
}

fn start_in(groups: &Mutex<Groups>, command: &mut Command) -> Result<Child> {
    let mut before = lock(groups);
    if before.is_over {
        return Err(Error::from(ErrorKind::Interrupted));
    }
    before.starting += 1;
    drop(before);
    // It may take long, as on a slow disk.
    let child = command.process_group(0).spawn();
    let mut now = lock(groups);
    now.starting -= 1;
    now.running.extend(child.as_ref().map(pid));
    child
}

/// Kills a group. Afterwards, and not before, it may be waited for its first process, whose number can be
/// that of somebody else then.
pub fn kill(child: &Child) {
    let mut groups = lock(&GROUPS);
    // It may have ended by itself.
    let _ = killpg(pid(child), Signal::SIGKILL);
    groups.running.retain(|other| *other != pid(child));
}

/// From now on signals that end the process end the groups, too.
pub fn end_by_signals() -> Result<()> {
    let ignored = ignored();
    let ending = [SIGHUP, SIGINT, SIGTERM].into_iter();
    let mut signals = Signals::new(ending.filter(|signal| !has(ignored, *signal)))?;
    Builder::new().spawn(move || {
        if let Some(signal) = signals.forever().next() {
            end(&GROUPS);
            let _ = emulate_default_handler(signal);
        }
    })?;
    Ok(())
}

/// Kills all groups, and those that are being started as soon as they are.
fn end(groups: &Mutex<Groups>) {
    for _ in 0..TRIES {
        let mut groups = lock(groups);
        groups.is_over = true;
        for group in groups.running.drain(..) {
            let _ = killpg(group, Signal::SIGKILL);
        }
        if groups.starting == 0 {
            return;
        }
        drop(groups);
        sleep(NAP);
    }
}

/// The signals that are ignored, as by nohup: a bit for each.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let set = line.and_then(|set| u64::from_str_radix(set.trim(), 16).ok());
    set.unwrap_or_default()
}

fn has(set: u64, signal: i32) -> bool {
    (set >> (signal - 1)) & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    #[test]
    fn those_that_run_are_ended_and_no_more_are_started() {
        let groups = Mutex::new(Groups::new());
        let sleeping = || start_in(&groups, Command::new("sleep").arg("64"));
        let children = [sleeping().unwrap(), sleeping().unwrap()];
        assert!(start_in(&groups, &mut Command::new("/nowhere")).is_err());
        assert_eq!(lock(&groups).running, children.each_ref().map(pid));
        assert_eq!(lock(&groups).starting, 0);
        end(&groups);
        for mut child in children {
            assert_eq!(child.wait().unwrap().signal(), Some(9));
        }
        assert_eq!(sleeping().unwrap_err().kind(), ErrorKind::Interrupted);
    }

    #[test]
    fn what_is_ignored_is_seen() {
        // Rust ignores it before main.
        assert!(has(ignored(), signal_hook::consts::SIGPIPE));
        assert!(!has(ignored(), signal_hook::consts::SIGSEGV));
    }
}
