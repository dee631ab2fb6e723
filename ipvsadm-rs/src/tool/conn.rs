// SPDX-License-Identifier: GPL-2.0
//! `ipvsadm-rs conn`: connections are listed and ended by what they are like.

mod state;

use super::progress::{during, Progress as Shown};
use super::target::{self, Endpoint, Json, ServiceArgs, SERVER};
use super::Tool;
use crate::client::conns::{Connection, Filter, Progress};
use crate::command::time;
use crate::error::Error;
use crate::execute::{Context, Sink};
use crate::model::{protocol, ServiceKey};
use crate::output::text::Text;
use crate::run;
use serde::Serialize;
use std::fmt::Write;
use std::io::IsTerminal;
use std::net::IpAddr;

/// Connections: list them, or end them, by what they are like
#[derive(clap::Parser, Debug)]
#[command(
    name = "conn",
    after_help = "Examples:
  ipvsadm-rs conn list -t 192.0.2.1:80 --client 10.0.0.0/8 --idle 10m
  ipvsadm-rs conn kill --server 10.1.0.11 --reset

What is not known of a connection is shown as `-'. Packets, bytes and age are known where
connection tracking counts them: sysctl net.ipv4.vs.conntrack=1,
net.netfilter.nf_conntrack_acct=1 and net.netfilter.nf_conntrack_timestamp=1,
when the connection was made."
)]
pub struct Conn {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// Show connections
    List {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        json: Json,
    },
    /// End connections, as if they had expired
    Kill {
        #[command(flatten)]
        which: Which,
        /// End all, if nothing else says which
        #[arg(long)]
        all: bool,
        /// Tell both ends of TCP connections by NAT with a RST
        #[arg(long)]
        reset: bool,
        #[command(flatten)]
        json: Json,
    },
}

/// What selects; all of it has to be so.
#[derive(clap::Args, Debug)]
#[command(mut_group("ServiceArgs", |group| group.required(false)))]
struct Which {
    #[command(flatten)]
    service: Option<ServiceArgs>,
    #[arg(
        short = 'r',
        long,
        visible_alias = "server",
        value_name = "ADDRESS[:PORT]",
        help = SERVER
    )]
    real_server: Option<String>,
    /// Client, or its network
    #[arg(long, value_name = "ADDRESS[/LENGTH]")]
    client: Option<String>,
    /// Port of the client
    #[arg(long, value_name = "PORT")]
    client_port: Option<u16>,
    /// What the client sends to, of whatever service
    #[arg(long = "virtual", value_name = "ADDRESS[:PORT]")]
    addressed: Option<String>,
    /// State, such as ESTABLISHED, in the words of `-Lc'
    #[arg(long, value_name = "STATE")]
    state: Option<String>,
    /// No packet for at least this long, such as 90, 90s, 5m or 500ms
    #[arg(long, value_name = "TIME", value_parser = time::millis)]
    idle: Option<u64>,
    /// Made at least this long ago, where that is known
    #[arg(long, value_name = "TIME", value_parser = time::millis)]
    age: Option<u64>,
    /// Protocol
    #[arg(long, value_parser = ["tcp", "udp", "sctp"])]
    protocol: Option<String>,
    /// Clients of IPv4
    #[arg(short = '4', long, conflicts_with = "ipv6")]
    ipv4: bool,
    /// Clients of IPv6
    #[arg(short = '6', long)]
    ipv6: bool,
    /// Templates of persistence, too
    #[arg(long)]
    templates: bool,
}

/// An address with or without the length of a prefix.
fn network(text: &str) -> Result<(IpAddr, Option<u8>), Error> {
    let (addr, len) = match text.split_once('/') {
        Some((addr, len)) => (addr, Some(len)),
        None => (text, None),
    };
    let bad = || {
        Error::refused(format!(
            "`{text}' is no network; ADDRESS or ADDRESS/LENGTH is expected"
        ))
    };
    let addr: IpAddr = addr.parse().map_err(|_| bad())?;
    let max = if addr.is_ipv6() { 128 } else { 32 };
    let len = match len {
        Some(len) => Some(len.parse().ok().filter(|len| *len <= max).ok_or_else(bad)?),
        None => None,
    };
    Ok((addr, len))
}

impl Which {
    fn filter(&self, context: Context<'_>) -> Result<Filter, Error> {
        let service = match &self.service {
            Some(service) => Some(service.key(context.names)?),
            None => None,
        };
        let of = self.service.as_ref().map(ServiceArgs::protocol);
        let named = match self.protocol.as_deref() {
            Some("udp") => Some(protocol::UDP),
            Some("sctp") => Some(protocol::SCTP),
            Some(_) => Some(protocol::TCP),
            None => None,
        };
        let only = match service {
            Some(ServiceKey::Address { protocol, .. }) => Some(protocol),
            _ => named,
        };
        let by_port = of.or(named).unwrap_or(protocol::TCP);
        let endpoint = |text: &Option<String>| match text {
            Some(text) => target::endpoint(text, by_port, context.names).map(Some),
            None => Ok(None),
        };
        Ok(Filter {
            ipv6: match (self.ipv4, self.ipv6) {
                (false, false) => None,
                (_, ipv6) => Some(ipv6),
            },
            protocol: named,
            service,
            client: match &self.client {
                Some(text) => Some(network(text)?),
                None => None,
            },
            client_port: self.client_port,
            addressed: endpoint(&self.addressed)?,
            server: endpoint(&self.real_server)?,
            state: match &self.state {
                Some(text) => Some(state::named(text, only, self.templates)?),
                None => None,
            },
            idle: self.idle,
            age: self.age,
            templates: self.templates,
            reset: false,
            all: false,
        })
    }
}

impl Tool for Conn {
    fn run(self, context: Context<'_>, out: &mut Sink) -> Result<(), Error> {
        match self.action {
            Action::List { which, json } => list(&which.filter(context)?, json.json, context, out),
            Action::Kill {
                which,
                all,
                reset,
                json,
            } => {
                let filter = which.filter(context)?;
                let everything = Filter {
                    templates: filter.templates,
                    ..Filter::default()
                };
                if filter == everything && !all {
                    return Err(Error::refused(
                        "nothing says which connections are to be ended; `--all' ends every one",
                    ));
                }
                let filter = Filter {
                    all,
                    reset,
                    ..filter
                };
                kill(&filter, json.json, context, out)
            }
        }
    }
}

fn list(filter: &Filter, json: bool, context: Context<'_>, out: &mut Sink) -> Result<(), Error> {
    let mut client = run::connect(context)?;
    let mut is_first = true;
    out.text.push_str(match json {
        true => "{\"version\":1,\"connections\":[",
        false => TITLES,
    });
    // On the same terminal it would be among the rows.
    let is_apart = context.terminal && !std::io::stdout().is_terminal();
    let result = during(is_apart, "looking at connections", || {
        client.connections(filter, &mut |connection| {
            if json {
                out.text.push_str(if is_first { "\n" } else { ",\n" });
                is_first = false;
                object(&mut out.text, &connection);
            } else {
                row(&mut out.text, &connection);
            }
            out.flush_if_enough();
        })
    });
    if json {
        out.text.push_str("\n]}\n");
    }
    result
}

const TITLES: &str =
    "Pro  State       Client                 Virtual                Server                 \
                      Idle     Expires  Age      InPkts  InBytes    OutPkts OutBytes\n";

fn protocol_name(number: u16) -> &'static str {
    match number {
        protocol::TCP => "TCP",
        protocol::UDP => "UDP",
        protocol::SCTP => "SCTP",
        _ => "IP",
    }
}

/// A number, or what stands for one that is not known.
fn or_dash(value: Option<u64>) -> String {
    value.map_or("-".into(), |value| value.to_string())
}

/// Seconds with one digit behind the point.
fn seconds(millis: u64) -> String {
    format!("{}.{}", millis / 1000, millis % 1000 / 100)
}

fn row(out: &mut Text, conn: &Connection) {
    let Connection {
        protocol, state, ..
    } = conn;
    let (client, server) = (conn.client.to_string(), conn.server.to_string());
    let _ = writeln!(
        out,
        "{:<4} {state:<11} {client:<22} {:<22} {server:<22} {:<8} {:<8} {:<8} {:<7} {:<10} {:<7} {}",
        protocol_name(*protocol),
        conn.addressed.to_string(),
        seconds(conn.idle),
        seconds(conn.expires),
        conn.age.map_or("-".into(), seconds),
        or_dash(conn.from_client.map(|(packets, _)| packets)),
        or_dash(conn.from_client.map(|(_, bytes)| bytes)),
        or_dash(conn.from_server.map(|(packets, _)| packets)),
        or_dash(conn.from_server.map(|(_, bytes)| bytes)),
    );
}

/// A connection in JSON. What is not known is not there.
#[derive(Serialize)]
struct Row<'a> {
    protocol: String,
    state: &'a str,
    client: Endpoint,
    #[serde(rename = "virtual")]
    addressed: Endpoint,
    server: Endpoint,
    template: bool,
    idle_ms: u64,
    expires_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    age_ms: Option<u64>,
    #[serde(rename = "in", skip_serializing_if = "Option::is_none")]
    from_client: Option<Counts>,
    #[serde(rename = "out", skip_serializing_if = "Option::is_none")]
    from_server: Option<Counts>,
}

#[derive(Serialize)]
struct Counts {
    packets: u64,
    bytes: u64,
}

impl From<(u64, u64)> for Counts {
    fn from((packets, bytes): (u64, u64)) -> Self {
        Self { packets, bytes }
    }
}

fn object(out: &mut Text, conn: &Connection) {
    let row = Row {
        protocol: protocol_name(conn.protocol).to_lowercase(),
        state: &conn.state,
        client: conn.client.into(),
        addressed: conn.addressed.into(),
        server: conn.server.into(),
        template: conn.is_template,
        idle_ms: conn.idle,
        expires_ms: conn.expires,
        age_ms: conn.age,
        from_client: conn.from_client.map(Counts::from),
        from_server: conn.from_server.map(Counts::from),
    };
    // Neither maps with other keys than texts nor anything else that could fail.
    out.push_str(&serde_json::to_string(&row).unwrap_or_default());
}

fn kill(filter: &Filter, json: bool, context: Context<'_>, out: &mut Sink) -> Result<(), Error> {
    let mut client = run::connect(context)?;
    let mut shown = Shown::begin(context.terminal);
    let mut sum = Sum::default();
    let mut cookie = None;
    loop {
        let progress = client.end_connections(filter, cookie);
        let progress = progress.inspect_err(|_| sum.show(out, filter.reset, json))?;
        sum.add(progress);
        if sum.ended > 0 {
            out.has_done("connections have been ended");
        }
        let (looked, ended) = (sum.looked, sum.ended);
        shown.show(&format!("{looked} looked at, {ended} ended"));
        cookie = progress.cookie;
        if cookie.is_none() {
            break;
        }
    }
    sum.show(out, filter.reset, json);
    Ok(())
}

/// Of all answers together.
#[derive(Default, Serialize)]
struct Sum {
    looked: u64,
    ended: u64,
    reset: u64,
}

impl Sum {
    fn add(&mut self, progress: Progress) {
        self.looked += u64::from(progress.looked);
        self.ended += u64::from(progress.ended);
        self.reset += u64::from(progress.reset);
    }

    fn show(&self, out: &mut Sink, resets: bool, json: bool) {
        #[derive(Serialize)]
        struct Document<'a> {
            version: u32,
            #[serde(flatten)]
            sum: &'a Sum,
        }
        let Self { ended, reset, .. } = self;
        let document = Document {
            version: 1,
            sum: self,
        };
        let text = match (json, resets) {
            (true, _) => serde_json::to_string(&document).unwrap_or_default(),
            (false, true) => format!("{ended} ended, {reset} of them by a reset"),
            (false, false) => format!("{ended} ended"),
        };
        let _ = writeln!(out.text, "{text}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn connection() -> Connection {
        Connection {
            protocol: 6,
            client: "10.0.0.2:50000".parse().unwrap(),
            addressed: "192.0.2.1:80".parse().unwrap(),
            server: "[fd00::2]:8080".parse().unwrap(),
            state: "ESTABLISHED".into(),
            method: 2,
            is_template: false,
            idle: 1234,
            expires: 898_766,
            age: None,
            from_client: Some((3, 180)),
            from_server: None,
        }
    }

    fn text(out: &Text) -> String {
        String::from_utf8(out.bytes().to_vec()).unwrap()
    }

    #[test]
    fn rows_say_what_is_not_known() {
        let mut out = Text::default();
        row(&mut out, &connection());
        let row = text(&out);
        let words: Vec<_> = row.split_whitespace().collect();
        assert_eq!(
            words[4..],
            ["[fd00::2]:8080", "1.2", "898.7", "-", "3", "180", "-", "-"]
        );
    }

    #[test]
    fn objects_leave_out_what_is_not_known() {
        let mut out = Text::default();
        object(&mut out, &connection());
        assert_eq!(
            text(&out),
            "{\"protocol\":\"tcp\",\"state\":\"ESTABLISHED\",\
             \"client\":{\"address\":\"10.0.0.2\",\"port\":50000},\
             \"virtual\":{\"address\":\"192.0.2.1\",\"port\":80},\
             \"server\":{\"address\":\"fd00::2\",\"port\":8080},\"template\":false,\
             \"idle_ms\":1234,\"expires_ms\":898766,\"in\":{\"packets\":3,\"bytes\":180}}"
        );
    }

    #[test]
    fn networks() {
        let addr: IpAddr = "10.0.0.0".parse().unwrap();
        assert_eq!(network("10.0.0.0/8").unwrap(), (addr, Some(8)));
        assert_eq!(network("10.0.0.0").unwrap(), (addr, None));
        assert!(network("fd00::/128").is_ok());
        for bad in ["10.0.0.0/33", "fd00::/129", "10.0.0/8", "10.0.0.0/", "x"] {
            assert!(network(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn lines() {
        for good in [
            "conn list",
            "conn list --json -t 192.0.2.1:80",
            "conn kill --all --reset",
            "conn kill --server 10.0.0.1 -j",
            "conn kill -f 7 -r 10.0.0.1:80 --idle 5m --state fin_wait -6 --templates",
        ] {
            let parsed = Conn::try_parse_from(good.split(' '));
            assert!(parsed.is_ok(), "{good}: {}", parsed.unwrap_err());
        }
        for bad in [
            "conn",
            "conn list --all",
            "conn kill -t a -u b",
            "conn list -4 -6",
        ] {
            assert!(Conn::try_parse_from(bad.split(' ')).is_err(), "{bad}");
        }
    }
}
