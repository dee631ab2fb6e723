// SPDX-License-Identifier: GPL-2.0
//! The file that says what is to be looked at and what is made of it.

use super::reading::Percent;
use super::rule::{Kind, Relative, Zhang};
use crate::error::Error;
use crate::model::{protocol, ServiceKey, Wanted};
use crate::resolve::Names;
use crate::table;
use crate::tool::target::endpoint;
use ipvs_core::uapi::feedback::LIFETIME_MAX;
use serde::{Deserialize, Deserializer};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::Spanned;

/// Everything.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Seconds from one round to the next.
    #[serde(default = "five")]
    period: f64,
    /// Seconds for which the kernel holds a report.
    lifetime: Option<f64>,
    /// Seconds that an input has for its answer.
    #[serde(default = "one")]
    timeout: f64,
    /// How many inputs are asked at a time.
    #[serde(default = "sixteen")]
    pub workers: usize,
    /// While there is such a file, all weights count as configured.
    pub off_file: Option<PathBuf>,
    /// The services.
    #[serde(rename = "service", deserialize_with = "placed")]
    pub services: Vec<Service>,
}

/// A service.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Where it begins in the file, in bytes at first, then the number of the line.
    #[serde(skip)]
    line: usize,
    tcp: Option<String>,
    udp: Option<String>,
    sctp: Option<String>,
    fwmark: Option<u32>,
    fwmark6: Option<u32>,
    /// Which rule.
    #[serde(default)]
    pub rule: Kind,
    /// Numbers of the one.
    #[serde(default)]
    pub relative: Relative,
    /// Numbers of the other.
    #[serde(default)]
    pub zhang: Zhang,
    /// If servers with more than this part of all weights want no connections, none of them is
    /// believed.
    #[serde(default = "half")]
    pub panic: f64,
    /// What is looked at.
    #[serde(rename = "input")]
    pub inputs: Vec<Input>,
}

/// What is looked at of each server of a service. In texts `{address}`, `{port}` and `{weight}` stand
/// for those of the server.
#[derive(Clone, Debug, Deserialize)]
#[serde(
    deny_unknown_fields,
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "snake_case"
)]
pub enum Input {
    /// An agent that HAProxy's `agent-check` could ask.
    Agent {
        /// Its address; that of the server if nothing is said.
        host: Option<String>,
        /// Its port.
        port: u16,
        /// What its percentage means.
        #[serde(default)]
        percent: Percent,
        /// Its part of the load.
        #[serde(default = "one")]
        ratio: f64,
    },
    /// A node_exporter.
    NodeExporter {
        /// Its address; that of the server if nothing is said.
        host: Option<String>,
        /// Its port.
        #[serde(default = "node_exporter")]
        port: u16,
        /// The path of what it tells.
        #[serde(default = "metrics")]
        path: String,
        /// `cpu`, `load`, or the name of a gauge.
        #[serde(default = "cpu")]
        metric: String,
        /// For a gauge, what is a load of 1.
        #[serde(default = "one")]
        full: f64,
        /// Its part of the load.
        #[serde(default = "one")]
        ratio: f64,
    },
    /// A command.
    Command {
        /// Its name and words.
        command: Vec<String>,
        /// What it says.
        #[serde(default)]
        output: Output,
        /// Its part of the load.
        #[serde(default = "one")]
        ratio: f64,
    },
    /// Active connections for the server's weight, over the mean.
    Connections {
        /// Its part of the load.
        #[serde(default = "one")]
        ratio: f64,
    },
    /// New connections since the last round, over the mean: `INPUT` of Zhang's rule.
    NewConnections {
        /// Its part of the load.
        #[serde(default = "one")]
        ratio: f64,
    },
    /// How long it has taken in the mean, since the last round, to agree to a new connection.
    Handshake {
        /// Milliseconds that are a load of 1.
        #[serde(default = "tenth")]
        full: f64,
        /// Its part of the load.
        #[serde(default = "one")]
        ratio: f64,
    },
    /// Which part of new connections it has refused or reset since the last round.
    Resets {
        /// Its part of the load.
        #[serde(default = "one")]
        ratio: f64,
    },
}

impl Input {
    /// Whether somebody else has to be asked; the others the director knows itself.
    pub fn is_asked(&self) -> bool {
        matches!(
            self,
            Self::Agent { .. } | Self::NodeExporter { .. } | Self::Command { .. }
        )
    }

    /// What has to be known of servers for it.
    pub fn wanted(&self) -> Wanted {
        Wanted {
            traffic: matches!(self, Self::NewConnections { .. } | Self::Resets { .. }),
            answers: matches!(self, Self::Handshake { .. } | Self::Resets { .. }),
        }
    }
}

/// How a command says what it has to say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Output {
    /// A load, on stdout.
    #[default]
    Load,
    /// By its exit status, as keepalived's MISC_CHECK.
    Status,
}

/// Services that know where they begin.
fn placed<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Service>, D::Error> {
    let services = Vec::<Spanned<Service>>::deserialize(from)?;
    let placed = services.into_iter().map(|service| {
        let line = service.span().start;
        Service {
            line,
            ..service.into_inner()
        }
    });
    Ok(placed.collect())
}

fn five() -> f64 {
    5.0
}

fn one() -> f64 {
    1.0
}

/// Of a second, in milliseconds.
fn tenth() -> f64 {
    100.0
}

fn half() -> f64 {
    0.5
}

fn sixteen() -> usize {
    16
}

fn node_exporter() -> u16 {
    9100
}

fn metrics() -> String {
    "/metrics".into()
}

fn cpu() -> String {
    "cpu".into()
}

impl Config {
    /// Reads a file.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            let text = crate::error::text(&error);
            Error::refused(format!("cannot read {}: {text}", path.display()))
        })?;
        Self::read(&text).map_err(|problem| {
            let problem = problem.trim_end();
            Error::refused(format!("{}: {problem}", path.display()))
        })
    }

    /// Reads a text.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut config: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        for service in &mut config.services {
            service.line = table::line(text, service.line);
        }
        config.check()?;
        Ok(config)
    }

    /// Which services of the kernel they are, in the same order. Each is watched but once.
    pub fn keys(&self, names: &dyn Names) -> Result<Vec<ServiceKey>, String> {
        let mut keys = Vec::with_capacity(self.services.len());
        let mut lines = HashMap::new();
        for service in &self.services {
            let line = service.line;
            let key = service.key(names);
            let key =
                key.map_err(|error| format!("line {line}: {}", error.to_string().trim_end()))?;
            if let Some(before) = lines.insert(key, line) {
                let name = service.name();
                return Err(format!(
                    "line {line}: {name} is there twice, first in line {before}"
                ));
            }
            keys.push(key);
        }
        Ok(keys)
    }

    /// From one round to the next.
    pub fn period(&self) -> Duration {
        Duration::from_secs_f64(self.period)
    }

    /// What an input has for its answer.
    pub fn timeout(&self) -> Duration {
        Duration::from_secs_f64(self.timeout)
    }

    /// For how many milliseconds the kernel holds a report.
    pub fn lifetime(&self) -> u32 {
        (self.lifetime.unwrap_or(3.0 * self.period) * 1000.0) as u32
    }

    /// What has to be known of servers.
    pub fn wanted(&self) -> Wanted {
        let inputs = self.services.iter().flat_map(|service| &service.inputs);
        inputs.fold(Wanted::NOTHING, |all, input| {
            let this = input.wanted();
            Wanted {
                traffic: all.traffic || this.traffic,
                answers: all.answers || this.answers,
            }
        })
    }

    fn check(&self) -> Result<(), String> {
        range("period", self.period, 0.1, 3600.0)?;
        range("timeout", self.timeout, 0.01, 60.0)?;
        let most = f64::from(LIFETIME_MAX) / 1000.0;
        let lifetime = self.lifetime.unwrap_or(3.0 * self.period);
        range("lifetime", lifetime, self.period, most)?;
        if !(1..=1024).contains(&self.workers) {
            return Err(format!("workers = {} is not from 1 to 1024", self.workers));
        }
        self.services.iter().try_for_each(Service::check)
    }
}

fn range(name: &str, value: f64, least: f64, most: f64) -> Result<(), String> {
    match (least..=most).contains(&value) {
        true => Ok(()),
        false => Err(format!("{name} = {value} is not from {least} to {most}")),
    }
}

impl Service {
    /// Which service of the kernel it is.
    fn key(&self, names: &dyn Names) -> Result<ServiceKey, Error> {
        let addresses = [
            (&self.tcp, protocol::TCP),
            (&self.udp, protocol::UDP),
            (&self.sctp, protocol::SCTP),
        ];
        for (text, protocol) in addresses {
            if let Some(text) = text {
                let (addr, port) = endpoint(text, protocol, names)?;
                let port = port.unwrap_or(0);
                return Ok(ServiceKey::Address {
                    protocol,
                    addr,
                    port,
                });
            }
        }
        let (mark, ipv6) = match (self.fwmark, self.fwmark6) {
            (Some(mark), _) => (mark, false),
            (None, mark) => (mark.unwrap_or(0), true),
        };
        Ok(ServiceKey::Mark { mark, ipv6 })
    }

    /// What it is called in the journal.
    pub fn name(&self) -> String {
        let named = [("tcp", &self.tcp), ("udp", &self.udp), ("sctp", &self.sctp)];
        let named = named
            .iter()
            .find_map(|(word, text)| text.as_ref().map(|text| format!("{word} {text}")));
        named.unwrap_or_else(|| match (self.fwmark, self.fwmark6) {
            (Some(mark), _) => format!("fwmark {mark}"),
            (None, mark) => format!("fwmark6 {}", mark.unwrap_or(0)),
        })
    }

    /// How much the newest load counts.
    pub fn smoothing(&self) -> f64 {
        match self.rule {
            Kind::Relative => self.relative.smoothing,
            Kind::Zhang => self.zhang.smoothing,
        }
    }

    fn check(&self) -> Result<(), String> {
        let named = [&self.tcp, &self.udp, &self.sctp].map(|text| text.is_some());
        let marks = [self.fwmark, self.fwmark6].map(|mark| mark.is_some());
        let count = named.iter().chain(&marks).filter(|is| **is).count();
        if count != 1 {
            return Err("a service needs one of tcp, udp, sctp, fwmark, fwmark6".into());
        }
        self.check_numbers()
            .and_then(|()| self.inputs.iter().try_for_each(Input::check))
            .map_err(|problem| format!("service {}: {problem}", self.name()))
    }

    fn check_numbers(&self) -> Result<(), String> {
        let Relative {
            gain,
            smoothing,
            dead_band,
            step,
            quiet,
            least,
            most,
        } = self.relative;
        range("relative.gain", gain, 0.001, 1.0)?;
        range("relative.smoothing", smoothing, 0.01, 1.0)?;
        range("relative.dead_band", dead_band, 0.0, 1.0)?;
        range("relative.step", step, 0.001, 10.0)?;
        range("relative.quiet", quiet, 0.0, 1000.0)?;
        range("relative.least", least, 0.01, 1.0)?;
        range("relative.most", most, 1.0, 10.0)?;
        let zhang = &self.zhang;
        range("zhang.a", zhang.a, 0.001, 1000.0)?;
        range("zhang.target", zhang.target, 0.001, 1000.0)?;
        range("zhang.scale", zhang.scale, 1.0, 10.0)?;
        range("zhang.base", zhang.base, 1.0, 65_535.0)?;
        range("zhang.threshold", zhang.threshold, 0.0, 65_535.0)?;
        range("zhang.smoothing", zhang.smoothing, 0.01, 1.0)?;
        range("panic", self.panic, 0.0, 1.0)
    }
}

impl Input {
    /// Its part of the load.
    pub fn ratio(&self) -> f64 {
        match self {
            Self::Agent { ratio, .. }
            | Self::NodeExporter { ratio, .. }
            | Self::Command { ratio, .. }
            | Self::Connections { ratio }
            | Self::NewConnections { ratio }
            | Self::Handshake { ratio, .. }
            | Self::Resets { ratio } => *ratio,
        }
    }

    fn check(&self) -> Result<(), String> {
        range("ratio", self.ratio(), 0.001, 1000.0)?;
        match self {
            Self::Command { command, .. } if command.is_empty() => {
                Err("an input of kind command needs the name of one".into())
            }
            Self::NodeExporter { full, .. } => range("full", *full, 1e-9, 1e18),
            Self::Handshake { full, .. } => range("full", *full, 0.1, 60_000.0),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
