// SPDX-License-Identifier: GPL-2.0
//! How it looks.

use super::columns::{self, short};
use super::keys::HELP;
use super::state::{App, Mode, Row, State};
use crate::model::ServerEntry;
use crate::output::json::Rows;
use crate::output::text::Text;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::{Block, Clear, Paragraph};
use ratatui::Frame;
use std::fmt::Write;

/// The width of a listing that goes to no terminal.
const PLAIN_WIDTH: usize = 132;

/// Draws all of it.
pub fn draw(frame: &mut Frame<'_>, app: &mut App, colour: bool) {
    let [top, titles, table, bottom] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Min(0),
        Constraint::Length(1),
    ])
    .areas(frame.area());
    app.scroll(table.height.into());
    frame.render_widget(Line::from(summary(app)), top);
    let style = Style::new().add_modifier(Modifier::REVERSED);
    let width = usize::from(titles.width);
    frame.render_widget(Line::styled(columns::titles(width), style), titles);
    draw_table(frame, app, table, colour);
    let (typed, more) = prompt(app);
    if let Mode::Filter(_) | Mode::Weight(..) = app.mode {
        let column = typed.chars().count().min(width.saturating_sub(1));
        frame.set_cursor_position((bottom.x + column as u16, bottom.y));
    }
    frame.render_widget(Line::from(typed + &more), bottom);
    if app.mode == Mode::Help {
        draw_help(frame);
    }
}

fn draw_table(frame: &mut Frame<'_>, app: &App, area: Rect, colour: bool) {
    if area.is_empty() {
        return;
    }
    let cursor = app.cursor();
    let lines: Vec<Line<'_>> = (app.offset..)
        .take(area.height.into())
        .map_while(|at| Some((at, app.row(at)?)))
        .map(|(at, row)| {
            let mut style = style(&row, colour);
            if at == cursor {
                style = style.add_modifier(Modifier::REVERSED);
            }
            Line::styled(columns::line(&row, area.width.into()), style)
        })
        .collect();
    if lines.is_empty() {
        let text = match app.data.services.is_empty() {
            true => "There is no service.",
            false => "Nothing matches the filter.",
        };
        return frame.render_widget(text, area);
    }
    frame.render_widget(Paragraph::new(lines), area);
}

fn style(row: &Row<'_>, colour: bool) -> Style {
    let coloured = |wanted| match colour {
        true => Style::new().fg(wanted),
        false => Style::new(),
    };
    let Row::Server(_, entry) = row else {
        return Style::new().add_modifier(Modifier::BOLD);
    };
    match State::of(entry) {
        Some(State::Drain) => coloured(Color::Cyan),
        Some(State::Full) => coloured(Color::Red),
        Some(State::Idle) => coloured(Color::Yellow),
        None => Style::new(),
    }
}

fn draw_help(frame: &mut Frame<'_>) {
    let lines: Vec<Line<'_>> = HELP
        .iter()
        .map(|(keys, what)| Line::from(format!("{keys:<19} {what}")))
        .collect();
    let area = frame.area();
    let height = (lines.len() as u16 + 2).min(area.height);
    let width = 66.min(area.width);
    let area = Rect {
        x: (area.width - width) / 2,
        y: (area.height - height) / 2,
        width,
        height,
    };
    frame.render_widget(Clear, area);
    let block = Block::bordered().title(" Keys ");
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

/// The line at the top: all of it together.
fn summary(app: &App) -> String {
    let [_, major, minor, patch] = app.data.info.version.to_be_bytes();
    let services = &app.data.services;
    let servers: usize = services.iter().map(|service| service.servers.len()).sum();
    let active: u64 = services.iter().map(|service| service.active).sum();
    let rate = |of: usize| -> u64 { services.iter().map(|s| s.entry.stats.rates[of]).sum() };
    let mut text = format!(
        "IPVS {major}.{minor}.{patch}  {} services  {servers} servers  active {}  conn/s {}",
        services.len(),
        short(active),
        short(rate(0)),
    );
    let _ = write!(
        text,
        "  in {}B/s  out {}B/s",
        short(rate(3)),
        short(rate(4))
    );
    text
}

/// The line at the bottom: what is asked, what has happened, or what can be done. First comes what is typed,
/// then what may be cut off.
fn prompt(app: &App) -> (String, String) {
    let text = match (&app.mode, app.message.as_ref().or(app.problem.as_ref())) {
        (Mode::Filter(_), _) => format!("filter: {}", app.filter),
        (Mode::Weight(change, text), _) => {
            return (format!("weight {text}"), format!(" for {}", change.whose()));
        }
        (Mode::Confirm(change), _) => format!("(y/n) {change}?"),
        (_, Some(message)) => message.replace('\n', " "),
        _ => {
            let turned = if app.reversed { " reversed" } else { "" };
            let mut text = format!("? help  sort: {}{turned}", app.sort.name());
            if !app.filter.is_empty() {
                let _ = write!(text, "  filter: {}", app.filter);
            }
            let _ = write!(text, "  {}/{}", app.cursor() + 1, app.len());
            text
        }
    };
    (text, String::new())
}

/// All lines as text.
pub fn plain(app: &App) -> String {
    let mut text = format!(
        "{}\n{}\n",
        summary(app),
        columns::titles(PLAIN_WIDTH).trim_end()
    );
    for row in (0..app.len()).filter_map(|at| app.row(at)) {
        text.push_str(columns::line(&row, PLAIN_WIDTH).trim_end());
        text.push('\n');
    }
    text
}

/// The listing of `-L --json`, of what is seen and in that order.
pub fn json(out: &mut Text, app: &App) {
    let mut rows = Rows::begin(out, "services", Some(app.data.info));
    let mut at = 0;
    while let Some(Row::Service(service, _)) = app.row(at) {
        let server = |at| match app.row(at) {
            Some(Row::Server(_, entry)) => Some(*entry),
            _ => None,
        };
        let servers: Vec<ServerEntry> = (at + 1..).map_while(server).collect();
        rows.service(out, &service.entry, &servers);
        at += servers.len() + 1;
    }
    rows.end(out);
}

#[cfg(test)]
mod tests;
