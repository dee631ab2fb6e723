// SPDX-License-Identifier: GPL-2.0

//! Streams of steps.

use std::fmt;

use crate::draw::Draw;
use crate::files;
use crate::request::{Request, Vocabulary, PORTS, SERVICE_ADDRS};
use crate::socket_option::SocketOption;

/// Something that is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A request, and waiting for its answer.
    Request(Request),
    /// Requests in one packet.
    Batch(Vec<Request>),
    /// A dump of which so many pieces are read, if it has them.
    Abandon(Request, usize),
    /// A file below `/proc/net`, in pieces of so many bytes.
    Show {
        /// Its name.
        file: &'static str,
        /// How much is read at a time.
        piece: usize,
        /// After so many pieces it is read once more from the beginning.
        again: Option<usize>,
    },
    /// An option of a socket.
    Option(SocketOption),
    /// A value for a setting.
    Set {
        /// Its name.
        setting: &'static str,
        /// What is written.
        value: Vec<u8>,
    },
    /// Packets to a service, which may be there or not.
    Send(Flow),
}

/// Packets of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    /// A connection, otherwise datagrams.
    pub tcp: bool,
    /// To where.
    pub to: ([u8; 4], u16),
    /// With this firewall mark.
    pub mark: u32,
    /// How many datagrams.
    pub count: usize,
}

/// What a stream is made of.
#[derive(Clone, Copy, Debug)]
pub struct Profile {
    /// Names in it.
    pub words: &'static Vocabulary,
    /// Whether there is more than requests and answers: packets, dumps that are left alone.
    pub noise: bool,
    /// How many of a hundred requests have something wrong.
    pub broken: usize,
}

/// A stream of steps.
#[derive(Clone, Debug)]
pub struct Steps {
    draw: Draw,
    profile: Profile,
}

impl Steps {
    /// Number `stream` of a seed.
    pub fn new(seed: u64, stream: u64, profile: Profile) -> Self {
        Self {
            draw: Draw::new(seed, stream),
            profile,
        }
    }

    fn request(&mut self) -> Request {
        let Profile { words, broken, .. } = self.profile;
        match self.draw.percent(broken) {
            true => Request::broken(&mut self.draw, words),
            false => Request::valid(&mut self.draw, words),
        }
    }

    /// A request that asks for a dump, or one that does not.
    fn request_for(&mut self, dump: bool) -> Option<Request> {
        (0..30)
            .map(|_| self.request())
            .find(|request| request.is_dump() == dump)
    }
}

impl Iterator for Steps {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let noise = usize::from(self.profile.noise);
        #[derive(Clone, Copy)]
        enum Kind {
            Request,
            Batch,
            Abandon,
            Show,
            Option,
            Set,
            Send,
        }
        let step = match self.draw.weighted(&[
            (100, Kind::Request),
            (5, Kind::Batch),
            (4 * noise, Kind::Abandon),
            (5, Kind::Show),
            (20, Kind::Option),
            (8, Kind::Set),
            (12 * noise, Kind::Send),
        ]) {
            Kind::Request => Step::Request(self.request()),
            Kind::Batch => {
                let count = 2 + self.draw.below(10);
                Step::Batch((0..count).filter_map(|_| self.request_for(false)).collect())
            }
            Kind::Abandon => {
                let pieces = self.draw.below(3);
                let dump = self.request_for(true);
                dump.map_or_else(
                    || Step::Request(self.request()),
                    |dump| Step::Abandon(dump, pieces),
                )
            }
            Kind::Show => Step::Show {
                file: self.draw.weighted(files::SHOWN),
                // C can lose its place between two pieces while it moves its table.
                piece: match self.profile.noise {
                    true => self.draw.pick(&[1, 60, 500, 4096, 65_536]),
                    false => 65_536,
                },
                again: self.draw.percent(30).then(|| self.draw.below(5)),
            },
            Kind::Option => {
                let option = match self.draw.percent(self.profile.broken) {
                    true => SocketOption::broken(&mut self.draw, self.profile.words),
                    false => SocketOption::valid(&mut self.draw, self.profile.words),
                };
                Step::Option(match self.profile.noise {
                    true => option,
                    false => option.without_both(),
                })
            }
            Kind::Set => Step::Set {
                setting: self.draw.pick(files::SETTING),
                value: files::value(&mut self.draw),
            },
            Kind::Send => Step::Send(Flow {
                tcp: self.draw.percent(50),
                to: (
                    self.draw.pick(&SERVICE_ADDRS),
                    self.draw.pick(&PORTS).max(21),
                ),
                mark: self.draw.weighted(&[(3, 0), (1, 1), (1, 2), (1, 3)]),
                count: 1 + self.draw.below(3),
            }),
        };
        Some(step)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(request) => write!(f, "{request}"),
            Self::Batch(requests) => {
                f.write_str("in one packet:")?;
                requests
                    .iter()
                    .try_for_each(|request| write!(f, " [{request}]"))
            }
            Self::Abandon(request, pieces) => write!(f, "{pieces} pieces of: {request}"),
            Self::Show { file, piece, again } => {
                write!(f, "read {file} by {piece} bytes, again after {again:?}")
            }
            Self::Option(option) => write!(f, "{option}"),
            Self::Set { setting, value } => {
                write!(f, "{setting} = {:?}", String::from_utf8_lossy(value))
            }
            Self::Send(flow) => write!(f, "{flow:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{COMPARABLE, EVERYTHING};

    const NOISY: Profile = Profile {
        words: &EVERYTHING,
        noise: true,
        broken: 30,
    };

    #[test]
    fn a_seed_says_it_all() {
        let steps = |seed, stream| {
            Steps::new(seed, stream, NOISY)
                .take(500)
                .collect::<Vec<_>>()
        };
        assert_eq!(steps(1, 0), steps(1, 0));
        assert_ne!(steps(1, 0), steps(1, 1));
        assert_ne!(steps(1, 0), steps(2, 0));
    }

    #[test]
    fn every_kind_is_there_and_can_be_shown() {
        let mut seen = [0; 7];
        for step in Steps::new(1, 0, NOISY).take(2_000) {
            assert!(!step.to_string().is_empty());
            seen[match step {
                Step::Request(_) => 0,
                Step::Batch(_) => 1,
                Step::Abandon(..) => 2,
                Step::Show { .. } => 3,
                Step::Send(_) => 4,
                Step::Option(_) => 5,
                Step::Set { .. } => 6,
            }] += 1;
        }
        assert!(seen.iter().all(|count| *count > 20), "{seen:?}");
    }

    #[test]
    fn without_noise_there_is_none() {
        let quiet = Profile {
            words: &COMPARABLE,
            noise: false,
            broken: 30,
        };
        assert!(Steps::new(1, 0, quiet)
            .take(2_000)
            .all(|step| !matches!(step, Step::Abandon(..) | Step::Send(_))));
    }
}
