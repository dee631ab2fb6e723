// SPDX-License-Identifier: GPL-2.0
//! What the controller did and why, a line each: for people, or as JSON.

use crate::output::text::Text;
use serde::Serialize;

/// Something that is told.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The weight of a server counts for more or less than before.
    Factor {
        /// The service.
        service: String,
        /// The server.
        server: String,
        /// The factor so far.
        from: f64,
        /// The one from now on.
        to: f64,
        /// What led to that.
        why: String,
        /// How loaded it is, smoothed.
        load: Option<f64>,
    },
    /// An input of a server has begun to say nothing that can be used, or something else of the kind.
    Input {
        /// The service.
        service: String,
        /// The server.
        server: String,
        /// The input's number in the file, from 1 on.
        input: usize,
        /// What is wrong; nothing any more.
        problem: Option<String>,
    },
    /// Something about a service.
    Service {
        /// The service.
        service: String,
        /// What.
        message: String,
    },
    /// Something about all of it.
    Controller {
        /// What.
        message: String,
    },
}

impl Event {
    /// Appends its line. `time` is in seconds since 1970, and only in JSON: whoever keeps lines has
    /// times.
    pub fn write(&self, out: &mut Text, json: Option<f64>) {
        match json {
            Some(time) => {
                #[derive(Serialize)]
                struct Stamped<'a> {
                    time: f64,
                    #[serde(flatten)]
                    event: &'a Event,
                }
                let stamped = Stamped { time, event: self };
                // Neither maps with other keys than texts nor anything else that could fail.
                out.push_str(&serde_json::to_string(&stamped).unwrap_or_default());
            }
            None => out.push_str(&self.sentence()),
        }
        out.push('\n');
    }

    fn sentence(&self) -> String {
        match self {
            Self::Factor {
                service,
                server,
                from,
                to,
                why,
                load,
            } => {
                let load = load.map_or_else(String::new, |load| format!(", load {load:.3}"));
                format!("{service} {server}: factor {from:.3} -> {to:.3}: {why}{load}")
            }
            Self::Input {
                service,
                server,
                input,
                problem,
            } => {
                let problem = problem.as_deref().unwrap_or("all right again");
                format!("{service} {server}: input {input}: {problem}")
            }
            Self::Service { service, message } => format!("{service}: {message}"),
            Self::Controller { message } => message.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(event: &Event, json: Option<f64>) -> String {
        let mut out = Text::default();
        event.write(&mut out, json);
        String::from_utf8(out.bytes().to_vec()).unwrap()
    }

    #[test]
    fn lines() {
        let event = Event::Factor {
            service: "tcp 192.0.2.1:80".into(),
            server: "10.0.0.2:80".into(),
            from: 1.0,
            to: 0.87,
            why: "relative, mean load 0.500".into(),
            load: Some(0.75),
        };
        assert_eq!(
            line(&event, None),
            "tcp 192.0.2.1:80 10.0.0.2:80: factor 1.000 -> 0.870: relative, mean load 0.500, load 0.750\n"
        );
        assert_eq!(
            line(&event, Some(1.5)),
            "{\"time\":1.5,\"event\":\"factor\",\"service\":\"tcp 192.0.2.1:80\",\
             \"server\":\"10.0.0.2:80\",\"from\":1.0,\"to\":0.87,\
             \"why\":\"relative, mean load 0.500\",\"load\":0.75}\n"
        );
        let event = Event::Input {
            service: "fwmark 1".into(),
            server: "[2001:db8::1]:80".into(),
            input: 2,
            problem: None,
        };
        assert_eq!(
            line(&event, None),
            "fwmark 1 [2001:db8::1]:80: input 2: all right again\n"
        );
    }
}
