// SPDX-License-Identifier: GPL-2.0
//! How far a tool has come, for who waits: a line on the terminal that is written over.

use crate::run::tell;
use std::sync::mpsc::{channel, RecvTimeoutError};
use std::time::{Duration, Instant};

/// So long nothing is shown.
const PATIENCE: Duration = Duration::from_secs(2);

/// How often the time is shown anew.
const PERIOD: Duration = Duration::from_secs(1);

/// Takes the line away.
const CLEAR: &str = "\r\x1b[K";

/// The line. Nothing is shown unless errors go to a terminal, nor in the first two seconds.
pub struct Progress {
    is_seen: bool,
    since: Instant,
    is_shown: bool,
}

impl Progress {
    /// The waiting begins.
    pub fn begin(terminal: bool) -> Self {
        Self {
            is_seen: terminal,
            since: Instant::now(),
            is_shown: false,
        }
    }

    /// Shows how far it is.
    pub fn show(&mut self, text: &str) {
        if let Some(line) = self.line(text, self.since.elapsed()) {
            tell(&line);
            self.is_shown = true;
        }
    }

    /// What is written after so much time.
    fn line(&self, text: &str, waited: Duration) -> Option<String> {
        (self.is_seen && waited >= PATIENCE).then(|| format!("{CLEAR}{text}"))
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_shown {
            tell(CLEAR);
        }
    }
}

/// Does something of which nothing is known before it is done, and shows meanwhile what it is and
/// how long it has taken.
pub fn during<T>(terminal: bool, what: &str, work: impl FnOnce() -> T) -> T {
    if !terminal {
        return work();
    }
    std::thread::scope(|scope| {
        let (end, ended) = channel::<()>();
        scope.spawn(move || {
            let mut progress = Progress::begin(terminal);
            while ended.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
                let seconds = progress.since.elapsed().as_secs();
                progress.show(&format!("{what}: {seconds} s"));
            }
        });
        let result = work();
        drop(end);
        result
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_long_at_a_terminal_is_told() {
        let seen = Progress::begin(true);
        assert_eq!(seen.line("x", Duration::from_millis(1999)), None);
        assert_eq!(
            seen.line("x", PATIENCE).as_deref(),
            Some("\r\x1b[Kx"),
            "over what was there"
        );
        assert_eq!(Progress::begin(false).line("x", PATIENCE), None);
    }

    #[test]
    fn what_is_done_has_its_result() {
        for terminal in [false, true] {
            assert_eq!(during(terminal, "adding", || 2 + 2), 4);
        }
    }
}
