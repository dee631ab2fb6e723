// SPDX-License-Identifier: GPL-2.0
//! What inputs say of servers, taken from the texts that they send. Whatever cannot be understood is
//! no reading: nobody guesses.

/// The highest load that is believed.
const LOAD_MAX: f64 = 1000.0;

/// The highest share, in percent, that is believed.
const PERCENT_MAX: u32 = 1000;

/// What an input says of a server.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reading {
    /// How much of what it has is in use: 0 is idle, 1 is busy.
    Load(f64),
    /// By how much its weight is to count more or less, whatever others say.
    Share(f64),
    /// It wants no connections.
    Out,
}

/// What is wrong with what an input said, for people.
pub type Problem = String;

/// A load, if it can be one.
pub fn load(load: f64) -> Result<Reading, Problem> {
    match load {
        load if (0.0..=LOAD_MAX).contains(&load) => Ok(Reading::Load(load)),
        load => Err(format!("{load} is not a load from 0 to {LOAD_MAX}")),
    }
}

/// What the percentage of an agent means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Percent {
    /// How much of the server is idle: 75 % is a load of a quarter.
    #[default]
    Idle,
    /// How much of its weight is to count, as HAProxy takes it.
    Weight,
}

/// The line of an agent, by the protocol of HAProxy's `agent-check`: words, separated by blanks or
/// commas, and behind a `#` words for people.
pub fn agent(text: &str, percent: Percent) -> Result<Reading, Problem> {
    let line = text.split(['\r', '\n', '\0']).next().unwrap_or_default();
    let words = line.split('#').next().unwrap_or_default();
    let words = words
        .split([' ', '\t', ','])
        .filter(|word| !word.is_empty());
    let (mut reading, mut is_out) = (None, false);
    for word in words {
        match word.to_ascii_lowercase().as_str() {
            "up" | "ready" => {
                reading.get_or_insert(Reading::Share(1.0));
            }
            "drain" | "maint" | "down" | "failed" | "fail" | "stopped" => is_out = true,
            word if word.starts_with("maxconn:") => {}
            word => reading = Some(percentage(word, percent)?),
        }
    }
    match (is_out, reading) {
        (true, _) => Ok(Reading::Out),
        (false, Some(reading)) => Ok(reading),
        (false, None) => Err("the agent said nothing".into()),
    }
}

fn percentage(word: &str, percent: Percent) -> Result<Reading, Problem> {
    let number = word.strip_suffix('%').and_then(|word| word.parse().ok());
    let number: u32 = number
        .filter(|number| *number <= PERCENT_MAX)
        .ok_or_else(|| format!("`{}' is no word of an agent", excerpt(word)))?;
    let share = f64::from(number) / 100.0;
    match percent {
        Percent::Weight => Ok(Reading::Share(share)),
        Percent::Idle => load((1.0 - share).max(0.0)),
    }
}

/// The exit status of a check, as keepalived's MISC_CHECK with `misc_dynamic` takes it: 0 is well, 1 is
/// not, and 2 to 255 are a weight and two more. `weight` is the one that is configured.
pub fn status(status: Option<i32>, weight: i32) -> Result<Reading, Problem> {
    match status {
        Some(0) => Ok(Reading::Share(1.0)),
        Some(1 | 2) => Ok(Reading::Out),
        Some(status @ 3..=255) if weight > 0 => {
            Ok(Reading::Share(f64::from(status - 2) / f64::from(weight)))
        }
        status => Err(ended(status)),
    }
}

/// What a command says that tells a load. With exit status 0 it is in the text, with 1 the server wants no
/// connections.
pub fn load_or_out(status: Option<i32>, text: &str) -> Result<Reading, Problem> {
    match status {
        Some(0) => number(text),
        Some(1) => Ok(Reading::Out),
        status => Err(ended(status)),
    }
}

/// An exit status that says nothing.
fn ended(status: Option<i32>) -> Problem {
    match status {
        Some(status) => format!("exit status {status}"),
        None => "the command was killed".into(),
    }
}

/// A load on the first line of a text.
fn number(text: &str) -> Result<Reading, Problem> {
    let line = text.lines().next().unwrap_or_default().trim();
    match line.parse() {
        Ok(number) => load(number),
        Err(_) => Err(format!("`{}' is no number", excerpt(line))),
    }
}

/// The beginning of a text that somebody else wrote.
pub(super) fn excerpt(text: &str) -> String {
    text.chars()
        .take(40)
        .flat_map(char::escape_default)
        .collect()
}

/// A line of Prometheus' text format.
struct Sample<'a> {
    name: &'a str,
    labels: &'a str,
    value: f64,
}

impl<'a> Sample<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let line = line.trim();
        if line.starts_with('#') {
            return None;
        }
        let end = line.find(['{', ' ', '\t'])?;
        let (name, rest) = line.split_at(end);
        // What is in labels of node_exporter has no braces.
        let (labels, rest) = match rest.strip_prefix('{') {
            Some(rest) => rest.split_once('}')?,
            None => ("", rest),
        };
        Some(Self {
            name,
            labels,
            value: rest.split_whitespace().next()?.parse().ok()?,
        })
    }

    fn has(&self, label: &str) -> bool {
        self.labels.split(',').any(|pair| pair.trim() == label)
    }
}

fn samples<'a>(text: &'a str, name: &'a str) -> impl Iterator<Item = Sample<'a>> {
    text.lines()
        .filter_map(Sample::read)
        .filter(move |sample| sample.name == name)
}

const CPU_SECONDS: &str = "node_cpu_seconds_total";

/// What processors have done since the server came up, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CpuTimes {
    idle: f64,
    total: f64,
}

impl CpuTimes {
    /// Of what node_exporter tells.
    pub fn read(metrics: &str) -> Result<Self, Problem> {
        let mut times = Self {
            idle: 0.0,
            total: 0.0,
        };
        for sample in samples(metrics, CPU_SECONDS) {
            times.total += sample.value;
            if sample.has("mode=\"idle\"") || sample.has("mode=\"iowait\"") {
                times.idle += sample.value;
            }
        }
        match times.total {
            total if total > 0.0 && total.is_finite() => Ok(times),
            _ => Err(format!("no {CPU_SECONDS} is told")),
        }
    }

    /// The load from `before` until now.
    pub fn since(&self, before: &Self) -> Result<Reading, Problem> {
        let (idle, total) = (self.idle - before.idle, self.total - before.total);
        if total <= 0.0 {
            return Err(format!("{CPU_SECONDS} does not grow"));
        }
        load((1.0 - idle / total).clamp(0.0, 1.0))
    }
}

/// The load average of a minute for each processor.
pub fn load_average(metrics: &str) -> Result<Reading, Problem> {
    let processors = samples(metrics, CPU_SECONDS)
        .filter(|sample| sample.has("mode=\"idle\""))
        .count();
    match (samples(metrics, "node_load1").next(), processors) {
        (Some(sample), 1..) => load(sample.value / processors as f64),
        _ => Err(format!("no node_load1 and {CPU_SECONDS} are told")),
    }
}

/// The sum of a gauge, of which `full` is a load of 1.
pub fn gauge(metrics: &str, name: &str, full: f64) -> Result<Reading, Problem> {
    let mut sum = None;
    for sample in samples(metrics, name) {
        *sum.get_or_insert(0.0) += sample.value;
    }
    match sum {
        Some(sum) => load(sum / full),
        None => Err(format!("no {name} is told")),
    }
}

/// What servers have, compared with the mean of those that have a weight, as loads: 1 is as much as
/// the mean. Nobody has any if the mean is 0.
pub fn compared(amounts: &[f64]) -> Vec<Reading> {
    let mean = amounts.iter().sum::<f64>() / amounts.len().max(1) as f64;
    amounts
        .iter()
        .map(|amount| match mean > 0.0 {
            true => Reading::Load((amount / mean).min(LOAD_MAX)),
            false => Reading::Load(0.0),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Reading::{Load, Out, Share};

    fn idle(text: &str) -> Result<Reading, Problem> {
        agent(text, Percent::Idle)
    }

    #[test]
    fn agents() {
        assert_eq!(idle("75%\n"), Ok(Load(0.25)));
        assert_eq!(idle("up 50%\r\nrest"), Ok(Load(0.5)));
        assert_eq!(idle("UP,100%,maxconn:30 # fine"), Ok(Load(0.0)));
        assert_eq!(idle("300%"), Ok(Load(0.0)));
        assert_eq!(idle("up\n"), Ok(Share(1.0)));
        assert_eq!(idle("ready up"), Ok(Share(1.0)));
        assert_eq!(idle("drain"), Ok(Out));
        assert_eq!(idle("75% maint"), Ok(Out));
        assert_eq!(idle("down#too hot\n"), Ok(Out));
        assert_eq!(agent("150%", Percent::Weight), Ok(Share(1.5)));
        assert_eq!(agent("0%", Percent::Weight), Ok(Share(0.0)));
    }

    #[test]
    fn no_agents() {
        for text in [
            "",
            "\n75%",
            "#75%",
            "%",
            "-5%",
            "7.5%",
            "NaN%",
            "1e9%",
            "1001%",
            "99999999999999%",
            "75",
            "up 5%x",
            "HTTP/1.1 200 OK",
            "<html>",
            "\u{0}\u{1}",
            "ü%",
        ] {
            assert!(idle(text).is_err(), "{text}");
        }
        assert_eq!(
            idle("\u{1b}[2J"),
            Err("`\\u{1b}[2j' is no word of an agent".into())
        );
    }

    #[test]
    fn exit_statuses() {
        assert_eq!(status(Some(0), 10), Ok(Share(1.0)));
        assert_eq!(status(Some(1), 10), Ok(Out));
        assert_eq!(status(Some(2), 10), Ok(Out));
        assert_eq!(status(Some(12), 10), Ok(Share(1.0)));
        assert_eq!(status(Some(7), 10), Ok(Share(0.5)));
        assert_eq!(status(Some(255), 100), Ok(Share(2.53)));
        assert!(status(Some(7), 0).is_err());
        assert!(status(Some(256), 10).is_err());
        assert!(status(None, 10).is_err());
    }

    #[test]
    fn numbers() {
        assert_eq!(number(" 0.5 \n7"), Ok(Load(0.5)));
        for text in [
            "", "x", "-0.1", "NaN", "inf", "-inf", "1e300", "1001", "0.5%",
        ] {
            assert!(number(text).is_err(), "{text}");
        }
    }

    const METRICS: &str = "\
# HELP node_cpu_seconds_total Seconds the CPUs spent in each mode.
# TYPE node_cpu_seconds_total counter
node_cpu_seconds_total{cpu=\"0\",mode=\"idle\"} 80
node_cpu_seconds_total{cpu=\"0\",mode=\"user\"} 20.5
node_cpu_seconds_total{cpu=\"1\",mode=\"idle\"} 1e2
node_cpu_seconds_total{cpu=\"1\",mode=\"user\"} 0 1700000000000
node_load1 1.5
node_filefd_allocated 300
broken{
";

    #[test]
    fn node_exporter() {
        let before = CpuTimes::read(METRICS).unwrap();
        assert_eq!(before.total, 200.5);
        let later = METRICS.replace("20.5", "26.5").replace(" 80", " 84");
        let later = CpuTimes::read(&later).unwrap();
        assert_eq!(later.since(&before), Ok(Load(0.6)));
        assert!(before.since(&before).is_err());
        // It has been started anew.
        assert!(before.since(&later).is_err());
        assert_eq!(load_average(METRICS), Ok(Load(0.75)));
        assert_eq!(
            gauge(METRICS, "node_filefd_allocated", 600.0),
            Ok(Load(0.5))
        );
        assert!(gauge(METRICS, "node_filefd_allocated", 0.0).is_err());
        for text in [
            "",
            "node_cpu_seconds_total NaN",
            "node_cpu_seconds_total{x} y",
        ] {
            assert!(CpuTimes::read(text).is_err(), "{text}");
            assert!(load_average(text).is_err(), "{text}");
            assert!(gauge(text, "node_load1", 1.0).is_err(), "{text}");
        }
    }

    #[test]
    fn what_the_director_knows() {
        assert_eq!(compared(&[1.0, 3.0]), [Load(0.5), Load(1.5)]);
        assert_eq!(compared(&[0.0, 0.0]), [Load(0.0), Load(0.0)]);
        assert_eq!(compared(&[]), []);
    }
}
