// SPDX-License-Identifier: GPL-2.0
//! What is listed, as stock ipvsadm lays it out. All functions append to a text.

pub mod colour;
pub mod connections;
pub mod daemons;
pub mod event;
pub mod json;
pub mod list;
pub mod name;
pub mod order;
mod persistent;
mod rate;
pub mod save;
mod stats;
pub mod text;
mod thresholds;

use crate::command::policy;
use crate::model::{Info, Method, ServerEntry, Service, ServiceEntry, Timeouts, Wanted};
use crate::options::Slot;
use crate::resolve::Names;
use name::Speller;
use std::fmt::Write;
use text::Text;

/// Which columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum View {
    #[default]
    Weights,
    Stats,
    Rate,
    Thresholds,
    Persistent,
    Tunnels,
}

impl View {
    /// The columns for the given options: of several the first one in this order.
    pub fn of(given: impl Fn(Slot) -> bool) -> Self {
        let views = [
            (Slot::Stats, Self::Stats),
            (Slot::Rate, Self::Rate),
            (Slot::Thresholds, Self::Thresholds),
            (Slot::PersistentConn, Self::Persistent),
            (Slot::TunInfo, Self::Tunnels),
        ];
        let found = views.into_iter().find(|(slot, _)| given(*slot));
        found.map_or(Self::Weights, |(_, view)| view)
    }
}

/// How a listing is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Which columns.
    pub view: View,
    /// Numbers instead of names.
    pub numeric: bool,
    /// All digits of large numbers.
    pub exact: bool,
    /// Not in the kernel's order.
    pub sorted: bool,
    /// Persistence engines in the list of connections.
    pub engines: bool,
    /// Everything, for programs.
    pub json: bool,
    /// What services have of their own.
    pub policies: bool,
    /// For a terminal that has colours.
    pub colour: bool,
}

impl Style {
    /// What it shows of servers.
    pub fn wanted(self) -> Wanted {
        match self.view {
            _ if self.json => Wanted::ALL,
            View::Stats | View::Rate => Wanted::TRAFFIC,
            _ => Wanted::NOTHING,
        }
    }
}

impl Default for Style {
    fn default() -> Self {
        Self {
            view: View::Weights,
            numeric: false,
            exact: false,
            sorted: true,
            engines: false,
            json: false,
            policies: false,
            colour: false,
        }
    }
}

/// The line above the list of all services.
pub fn banner(out: &mut Text, info: Info) {
    let [_, major, minor, patch] = info.version.to_be_bytes();
    let size = info.size as i32;
    line(
        out,
        format_args!("IP Virtual Server version {major}.{minor}.{patch} (size={size})"),
    );
}

/// The two lines above services.
pub fn title(out: &mut Text, style: Style) {
    let mark = colour::begin(out, style.colour, colour::TITLE);
    match style.view {
        View::Weights => list::title(out, ""),
        View::Tunnels => list::title(out, " TunnelInfo   "),
        View::Stats => stats::title(out, ["Conns", "InPkts", "OutPkts", "InBytes", "OutBytes"]),
        View::Rate => stats::title(out, ["CPS", "InPPS", "OutPPS", "InBPS", "OutBPS"]),
        View::Thresholds => thresholds::title(out),
        View::Persistent => persistent::title(out),
    }
    colour::end(out, mark);
}

/// The line of a service and those of its servers.
pub fn service(
    out: &mut Text,
    style: Style,
    names: &dyn Names,
    entry: &ServiceEntry,
    servers: &[ServerEntry],
) {
    let speller = Speller::new(style.numeric, names);
    let title = speller.service(&entry.service.key);
    let mark = colour::begin(out, style.colour, colour::SERVICE);
    match style.view {
        View::Stats => stats::service(out, style.exact, &title, &entry.stats.totals),
        View::Rate => stats::service(out, style.exact, &title, &entry.stats.rates),
        _ => list::service(out, &title, &entry.service),
    }
    if style.policies {
        policy_line(out, &entry.service);
    }
    colour::end(out, mark);
    for entry in servers {
        let idle = style.colour && entry.server.weight == 0;
        let mark = colour::begin(out, idle, colour::IDLE);
        out.push_str("  -> ");
        let start = out.len();
        speller.server(out, &entry.server, title.protocol);
        out.pad(start, 28);
        server(out, style, entry);
        colour::end(out, mark);
    }
}

/// What a service has of its own, if anything.
fn policy_line(out: &mut Text, service: &Service) {
    let policy = policy::shown(&service.policy);
    if !policy.is_empty() {
        line(out, format_args!("     policy {policy}"));
    }
}

fn server(out: &mut Text, style: Style, entry: &ServerEntry) {
    match style.view {
        View::Weights => list::server(out, entry),
        View::Tunnels => list::server_tunnel(out, entry),
        View::Stats => stats::numbers(out, style.exact, &entry.stats.totals),
        View::Rate => rate::server(out, style.exact, &entry.stats.rates),
        View::Thresholds => thresholds::server(out, entry),
        View::Persistent => persistent::server(out, entry),
    }
    out.push('\n');
}

/// The timeouts of connections.
pub fn timeouts(out: &mut Text, timeouts: &Timeouts) {
    let [tcp, tcp_fin, udp] =
        [timeouts.tcp, timeouts.tcp_fin, timeouts.udp].map(|seconds| seconds as i32);
    line(
        out,
        format_args!("Timeout (tcp tcpfin udp): {tcp} {tcp_fin} {udp}"),
    );
}

/// The low bits of a server's method.
fn method_is(method: u32, wanted: Method) -> bool {
    method & 7 == wanted as u32
}

fn line(out: &mut Text, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
    out.push('\n');
}
