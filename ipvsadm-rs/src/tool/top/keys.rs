// SPDX-License-Identifier: GPL-2.0
//! What keys do.

use super::state::{App, Change, Mode, Sort, What};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What is to be done that the state cannot do by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    None,
    /// To end.
    Quit,
    /// To ask the kernel, and to draw all of the screen.
    Redraw,
    /// To change something in the kernel.
    Apply(Change),
}

/// The keys of the table, for the help.
pub const HELP: &[(&str, &str)] = &[
    ("up down j k", "select a line"),
    ("PgUp PgDn Home End", "select one far away"),
    ("Enter, space", "hide or show the servers of a service"),
    ("f", "hide or show all servers"),
    ("n c a b", "sort by name, conns/s, active, bytes/s"),
    ("s", "sort by the next of these, and weight"),
    ("r", "turn the order round"),
    ("/", "filter; Esc takes it away"),
    ("w", "set the weight of a server"),
    ("d", "drain a server: no new connections"),
    ("Ctrl-L", "ask and draw anew"),
    ("q", "quit"),
];

/// Takes a key.
pub fn update(app: &mut App, key: KeyEvent) -> Action {
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return match key.code {
            KeyCode::Char('c') => Action::Quit,
            KeyCode::Char('l') => Action::Redraw,
            _ => Action::None,
        };
    }
    app.message = None;
    match std::mem::replace(&mut app.mode, Mode::Table) {
        Mode::Table => return in_table(app, key.code),
        // Any key ends it.
        Mode::Help => {}
        Mode::Filter(before) => in_filter(app, key.code, before),
        Mode::Weight(change, text) => in_weight(app, key.code, change, text),
        Mode::Confirm(change) => {
            if matches!(key.code, KeyCode::Char('y' | 'Y')) {
                return Action::Apply(change);
            }
            app.message = Some("nothing was changed".into());
        }
    }
    Action::None
}

fn in_table(app: &mut App, code: KeyCode) -> Action {
    match code {
        KeyCode::Char('q') => return Action::Quit,
        KeyCode::Char('?' | 'h') => app.mode = Mode::Help,
        KeyCode::Char('/') => app.mode = Mode::Filter(app.filter.clone()),
        KeyCode::Esc => filter(app, String::new()),
        KeyCode::Enter | KeyCode::Char(' ') => app.fold(),
        KeyCode::Char('f') => app.fold_all(),
        KeyCode::Char('w') => with_server(app, |change, seen| {
            let what = What::Weight { seen, wanted: seen };
            Mode::Weight(Change { what, ..change }, seen.to_string())
        }),
        KeyCode::Char('d') => with_server(app, |change, _| Mode::Confirm(change)),
        _ if sort(app, code) => {}
        _ => move_cursor(app, code),
    }
    Action::None
}

fn sort(app: &mut App, code: KeyCode) -> bool {
    match code {
        KeyCode::Char('n') => app.sort = Sort::Name,
        KeyCode::Char('c') => app.sort = Sort::Connections,
        KeyCode::Char('a') => app.sort = Sort::Active,
        KeyCode::Char('b') => app.sort = Sort::Bytes,
        KeyCode::Char('s') => app.sort = app.sort.next(),
        KeyCode::Char('r') => app.reversed = !app.reversed,
        _ => return false,
    }
    app.arrange();
    true
}

fn move_cursor(app: &mut App, code: KeyCode) {
    let (cursor, page) = (app.cursor(), app.room.max(2) - 1);
    let to = match code {
        KeyCode::Up | KeyCode::Char('k') => cursor.saturating_sub(1),
        KeyCode::Down | KeyCode::Char('j') => cursor.saturating_add(1),
        KeyCode::PageUp => cursor.saturating_sub(page),
        KeyCode::PageDown => cursor.saturating_add(page),
        KeyCode::Home => 0,
        KeyCode::End => usize::MAX,
        _ => return,
    };
    app.select(to);
}

/// Asks about the server at the cursor.
fn with_server(app: &mut App, ask: impl FnOnce(Change, i32) -> Mode) {
    if app.read_only {
        app.message = Some("--read-only: nothing can be changed".into());
        return;
    }
    let Some((service, entry)) = app.server() else {
        app.message = Some("select a server first".into());
        return;
    };
    let change = Change {
        service,
        server: (entry.server.addr, entry.server.port),
        what: What::Drain,
    };
    app.mode = ask(change, entry.server.weight);
}

fn filter(app: &mut App, text: String) {
    let at = app.cursor();
    app.filter = text;
    app.arrange();
    if app.row(app.cursor()).is_none() {
        app.select(at);
    }
}

fn in_filter(app: &mut App, code: KeyCode, before: String) {
    let mut text = app.filter.clone();
    match code {
        KeyCode::Enter => return,
        KeyCode::Esc => return filter(app, before),
        KeyCode::Backspace => drop(text.pop()),
        KeyCode::Char(c) => text.push(c),
        _ => {}
    }
    filter(app, text);
    app.mode = Mode::Filter(before);
}

fn in_weight(app: &mut App, code: KeyCode, change: Change, mut text: String) {
    match code {
        KeyCode::Esc => {
            app.message = Some("nothing was changed".into());
            return;
        }
        KeyCode::Enter => {
            match (text.parse(), change.what) {
                (Ok(wanted @ 0..), What::Weight { seen, .. }) => {
                    let what = What::Weight { seen, wanted };
                    app.mode = Mode::Confirm(Change { what, ..change });
                }
                _ => app.message = Some(format!("`{text}' is no weight: 0 to 2147483647")),
            }
            return;
        }
        KeyCode::Backspace => drop(text.pop()),
        KeyCode::Char(c) if c.is_ascii_digit() && text.len() < 10 => text.push(c),
        _ => {}
    }
    app.mode = Mode::Weight(change, text);
}
