// SPDX-License-Identifier: GPL-2.0

use super::super::keys::{update, Action};
use super::super::state::{Change, Data, Service, Sort, What};
use super::*;
use crate::model::{self, Info, Netmask, Server, ServerEntry, ServiceEntry, ServiceKey, Stats};
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;

fn server(last: u8, weight: i32, active: u32) -> ServerEntry {
    ServerEntry {
        server: Server {
            addr: [10, 0, 0, last].into(),
            port: 8080,
            method: 0,
            weight,
            u_threshold: 50,
            ..Server::default()
        },
        active,
        inactive: 1,
        persistent: 0,
        drain: None,
        feedback: 1000,
        answers: None,
        stats: Stats {
            totals: [0; 5],
            rates: [active.into(), 0, 0, 1_000_000, 0],
        },
    }
}

fn service(port: u16, name: Option<&str>, rate: u64, servers: Vec<ServerEntry>) -> Service {
    let entry = ServiceEntry {
        service: model::Service {
            key: ServiceKey::Address {
                protocol: 6,
                addr: [192, 0, 2, 1].into(),
                port,
            },
            scheduler: "wlc".into(),
            engine: None,
            flags: 0,
            timeout: 0,
            netmask: Netmask::host(false),
            slow_start: None,
            name: name.map(str::to_owned),
            policy: Default::default(),
        },
        stats: Stats {
            totals: [0; 5],
            rates: [rate, 0, 0, 0, 0],
        },
    };
    Service::new(entry, servers)
}

fn data() -> Data {
    Data {
        info: Info {
            version: 0x01_02_01,
            size: 4096,
        },
        services: vec![
            service(443, None, 9, vec![server(3, 1, 2)]),
            service(80, Some("shop"), 5, vec![server(2, 0, 7), server(1, 3, 60)]),
        ],
    }
}

fn app() -> App {
    let mut app = App::new(Sort::Name, String::new(), false);
    app.show(data());
    app
}

/// What is seen on a screen of this size.
fn screen(app: &mut App, width: u16, height: u16) -> Vec<String> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, app, false)).unwrap();
    let buffer = terminal.backend().buffer();
    let row = |y| {
        (0..width)
            .map(|x| buffer[(x, y)].symbol())
            .collect::<String>()
    };
    (0..height).map(|y| row(y).trim_end().to_owned()).collect()
}

fn press(app: &mut App, keys: &str) -> Action {
    let mut last = Action::None;
    for key in keys.chars() {
        let code = match key {
            '\n' => KeyCode::Enter,
            '\x1b' => KeyCode::Esc,
            '\x08' => KeyCode::Backspace,
            'v' => KeyCode::Down,
            c => KeyCode::Char(c),
        };
        last = update(app, KeyEvent::new(code, KeyModifiers::NONE));
    }
    last
}

/// The names of the table's lines.
fn names(app: &App) -> Vec<String> {
    let rows = (0..app.len()).filter_map(|at| app.row(at));
    rows.map(|row| columns::line(&row, 80)[..24].trim_end().to_owned())
        .collect()
}

#[test]
fn eighty_columns() {
    let expected = "\
IPVS 1.2.1  2 services  3 servers  active 69  conn/s 14  in 0B/s  out 0B/s
Service / server                 Weight Active Conn/s  InB/s OutB/s   State
TCP 192.0.2.1:80 shop (wlc)           3     67      5      0      0   1f 1i
  10.0.0.1:8080 nat                   3     60     60   1.0M      0    full
  10.0.0.2:8080 nat                   0      7      7   1.0M      0    idle
TCP 192.0.2.1:443 (wlc)               1      2      9      0      0
  10.0.0.3:8080 nat                   1      2      2   1.0M      0

? help  sort: name  1/5";
    let squeeze = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let seen = screen(&mut app(), 80, 9);
    for (seen, expected) in seen.iter().zip(expected.lines()) {
        assert_eq!(squeeze(seen), squeeze(expected));
        assert!(seen.len() <= 80);
    }
    assert_eq!(seen.len(), 9);
}

#[test]
fn any_size() {
    for (width, height) in [(40, 10), (200, 50), (20, 4), (10, 3), (3, 2), (1, 1)] {
        let mut app = app();
        screen(&mut app, width, height);
        press(&mut app, "?");
        screen(&mut app, width, height);
    }
    let seen = screen(&mut app(), 40, 10);
    assert!(
        seen[1].contains("Active") && !seen[1].contains("State"),
        "{}",
        seen[1]
    );
    let seen = screen(&mut app(), 200, 50);
    assert!(seen[1].contains("OutBytes"), "{}", seen[1]);
}

#[test]
fn what_is_selected_is_seen_and_stays_selected() {
    let mut app = app();
    let seen = screen(&mut app, 80, 5);
    assert!(seen[2].starts_with("TCP 192.0.2.1:80"));
    press(&mut app, "vvvv");
    let seen = screen(&mut app, 80, 5);
    assert!(seen[3].starts_with("  10.0.0.3"), "{}", seen[3]);
    // Where it is sorted to.
    press(&mut app, "c");
    assert_eq!(app.cursor(), 1);
    app.show(data());
    assert_eq!(app.cursor(), 1);
    // What is gone leaves the cursor where it was.
    let mut less = data();
    less.services.remove(0);
    app.show(less);
    assert_eq!(app.cursor(), 1);
    app.show(Data {
        services: Vec::new(),
        ..data()
    });
    assert_eq!(app.cursor(), 0);
    assert!(screen(&mut app, 80, 5)[2].contains("no service"));
}

#[test]
fn sorting() {
    let mut app = app();
    let by_name = names(&app);
    press(&mut app, "c");
    assert!(names(&app)[0].starts_with("TCP 192.0.2.1:443"));
    press(&mut app, "a");
    assert!(names(&app)[0].starts_with("TCP 192.0.2.1:80"));
    assert!(names(&app)[1].starts_with("  10.0.0.1"));
    press(&mut app, "r");
    assert!(names(&app)[0].starts_with("TCP 192.0.2.1:443"));
    press(&mut app, "rn");
    assert_eq!(names(&app), by_name);
    for _ in Sort::ALL {
        press(&mut app, "s");
    }
    assert_eq!(app.sort, Sort::Name);
}

#[test]
fn filtering() {
    let mut app = app();
    press(&mut app, "/0.3");
    assert_eq!(names(&app).len(), 2);
    assert!(screen(&mut app, 80, 9)[8].starts_with("filter: 0.3"));
    press(&mut app, "\x08\x08\x08shop\n");
    assert_eq!(names(&app).len(), 3);
    press(&mut app, "/x\x1b");
    assert_eq!(app.filter, "shop");
    press(&mut app, "/x\n");
    assert!(screen(&mut app, 80, 9)[2].starts_with("Nothing matches"));
    press(&mut app, "\x1b");
    assert_eq!(names(&app).len(), 5);
}

#[test]
fn folding() {
    let mut app = app();
    press(&mut app, "v\n");
    let seen = names(&app);
    assert!(seen[0].starts_with("+ TCP 192.0.2.1:80"), "{seen:?}");
    assert_eq!((seen.len(), app.cursor()), (3, 0));
    press(&mut app, "f");
    assert_eq!(app.len(), 2);
    press(&mut app, "f");
    assert_eq!(app.len(), 5);
}

#[test]
fn changes_are_asked_about() {
    let mut app = app();
    assert_eq!(press(&mut app, "w"), Action::None);
    assert!(app.message.as_deref().unwrap().contains("server first"));
    press(&mut app, "vw\x0812");
    let seen = screen(&mut app, 80, 9);
    assert_eq!(seen[8], "weight 12 for 10.0.0.1:8080 of TCP 192.0.2.1:80");
    press(&mut app, "\n");
    let seen = screen(&mut app, 80, 9);
    assert_eq!(
        seen[8],
        "(y/n) weight 12 for 10.0.0.1:8080 of TCP 192.0.2.1:80?"
    );
    let Action::Apply(change) = press(&mut app, "y") else {
        panic!();
    };
    let (seen, wanted) = (3, 12);
    assert_eq!(change.what, What::Weight { seen, wanted });
    assert_eq!(change.server, ([10, 0, 0, 1].into(), 8080));
    press(&mut app, "d");
    let seen = screen(&mut app, 80, 9);
    assert_eq!(seen[8], "(y/n) drain 10.0.0.1:8080 of TCP 192.0.2.1:80?");
    assert_eq!(press(&mut app, "n"), Action::None);
    assert_eq!(app.message.as_deref(), Some("nothing was changed"));
    let Action::Apply(change) = press(&mut app, "dy") else {
        panic!();
    };
    assert_eq!(change.what, What::Drain);
    press(&mut app, "w\x089999999999\n");
    assert!(app.message.as_deref().unwrap().contains("is no weight"));
}

#[test]
fn long_names_do_not_hide_what_is_typed() {
    let mut app = app();
    press(&mut app, "vw\x0812");
    let Mode::Weight(change, text) = app.mode.clone() else {
        panic!();
    };
    let server = ([0x2001, 0xdb8, 1, 2, 3, 4, 5, 6].into(), 8080);
    let change = Change { server, ..change };
    app.mode = Mode::Weight(change, text);
    let mut terminal = Terminal::new(TestBackend::new(20, 9)).unwrap();
    let drawn = terminal.draw(|frame| draw(frame, &mut app, false));
    assert!(drawn.is_ok());
    assert_eq!(terminal.get_cursor_position().unwrap(), (9, 8).into());
    assert_eq!(screen(&mut app, 20, 9)[8], "weight 12 for [2001:");
    press(&mut app, "\n");
    app.mode = Mode::Confirm(change);
    assert_eq!(screen(&mut app, 20, 9)[8], "(y/n) weight 3 for [");
}

#[test]
fn a_problem_is_told_until_it_is_over() {
    let mut app = app();
    app.problem = Some("it does not answer".into());
    assert_eq!(screen(&mut app, 80, 9)[8], "it does not answer");
    press(&mut app, "v");
    assert_eq!(screen(&mut app, 80, 9)[8], "it does not answer");
    app.show(data());
    assert!(screen(&mut app, 80, 9)[8].starts_with("? help"));
}

#[test]
fn nothing_is_changed_read_only() {
    let mut app = app();
    app.read_only = true;
    press(&mut app, "vd");
    assert_eq!(app.mode, Mode::Table);
    assert!(app.message.as_deref().unwrap().starts_with("--read-only"));
}

#[test]
fn the_help_names_every_key() {
    let mut app = app();
    press(&mut app, "?");
    let seen = screen(&mut app, 80, 24).join("\n");
    for (keys, what) in HELP {
        assert!(seen.contains(keys) && seen.contains(what), "{seen}");
    }
    press(&mut app, "x");
    assert_eq!(app.mode, Mode::Table);
    assert_eq!(press(&mut app, "q"), Action::Quit);
}

#[test]
fn colours_are_left_out_where_none_are_wanted() {
    for (colour, expected) in [(true, Color::Red), (false, Color::Reset)] {
        let mut terminal = Terminal::new(TestBackend::new(80, 9)).unwrap();
        terminal
            .draw(|frame| draw(frame, &mut app(), colour))
            .unwrap();
        assert_eq!(terminal.backend().buffer()[(2, 3)].fg, expected);
    }
}

#[test]
fn plain_lines() {
    let text = plain(&app());
    assert_eq!(text.lines().count(), 7);
    assert!(text.contains("\n  10.0.0.2:8080 nat"), "{text}");
}

#[test]
fn json_is_what_is_seen() {
    let mut app = app();
    app.filter = "10.0.0.2".into();
    app.arrange();
    let mut out = Text::default();
    json(&mut out, &app);
    let document: serde_json::Value = serde_json::from_slice(out.bytes()).unwrap();
    let servers = |service: &serde_json::Value| service["servers"].as_array().unwrap().len();
    let services = document["services"].as_array().unwrap();
    let seen: usize = services.iter().map(|service| 1 + servers(service)).sum();
    assert_eq!(seen, app.len());
    assert!(!services.is_empty());
    assert_eq!(services[0]["servers"][0]["address"], "10.0.0.2");
    let ipvs = serde_json::json!({ "version": "1.2.1", "connection_table_size": 4096 });
    assert_eq!(document["ipvs"], ipvs);
}
