// SPDX-License-Identifier: GPL-2.0
//! The end by a signal, or with the terminal. A thread of its own waits for it: whoever reads from a
//! terminal that has gone reads nothing, again and again.

use nix::poll::{poll, PollFd, PollFlags};
use nix::sys::signal::{raise, Signal};
use ratatui::crossterm::cursor::Show;
use ratatui::crossterm::execute;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;
use std::io;
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex};
use std::thread::{sleep, Builder};
use std::time::Duration;

/// How often it is looked whether the terminal has gone, at least, in milliseconds.
const PERIOD: u16 = 1000;

/// So often somebody who draws is waited for, with so much time between.
const TRIES: u32 = 20;
const NAP: Duration = Duration::from_millis(10);

/// Held by who draws.
pub type Drawing = Arc<Mutex<()>>;

/// From now on signals that end the process leave the terminal as it was before, and so does the end
/// of the terminal.
pub fn watch(drawing: &Drawing) -> io::Result<()> {
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM])?;
    let drawing = Arc::clone(drawing);
    Builder::new().spawn(move || {
        if let Some(signal) = signals.forever().next() {
            end(signal, &drawing);
        }
    })?;
    Builder::new().spawn(|| {
        while !has_gone(&io::stdout()) {}
        // As if the kernel had said so, which tells but the leader of the session.
        let _ = raise(Signal::SIGHUP);
    })?;
    Ok(())
}

/// For who cannot use the terminal: if it has gone, the process ends here as [`watch`] says.
pub fn end_with_terminal() {
    while has_gone(&io::stdout()) {
        sleep(NAP);
    }
}

/// Waits a while for the end of a terminal, and says whether it has come.
fn has_gone(terminal: &impl AsFd) -> bool {
    let mut terminal = [PollFd::new(terminal.as_fd(), PollFlags::empty())];
    // Nothing is asked for but what is told unasked: that it has gone.
    matches!(poll(&mut terminal, PERIOD), Ok(1..))
}

/// Ends as by the signal if nobody had caught it.
fn end(signal: i32, drawing: &Mutex<()>) {
    // Somebody may draw and be stopped by the terminal, and is not waited for without end.
    let mut tries = 0..TRIES;
    let _held = tries.find_map(|_| {
        let held = drawing.try_lock();
        held.map_err(|_| sleep(NAP)).ok()
    });
    // A terminal that has gone cannot be restored, nor be told so.
    let _ = ratatui::try_restore();
    let _ = execute!(io::stdout(), Show);
    let _ = emulate_default_handler(signal);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixStream;

    #[test]
    fn an_end_is_seen() {
        let (here, there) = UnixStream::pair().unwrap();
        assert!(!has_gone(&here));
        drop(there);
        assert!(has_gone(&here));
    }
}
