// SPDX-License-Identifier: GPL-2.0

//! Which connections and templates are dropped because their clients seem to have forgotten them
//! (`drop_entry`).

use crate::proto::{
    sctp,
    tcp, //
};

/// So many packets of a client are few.
pub const FEW_REQUESTS: u32 = 8;

/// Milliseconds without a packet after which a client may have forgotten.
const IDLE: u64 = 60_000;

/// Why something may be dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suspicion {
    /// Not at all.
    None,
    /// If it is [`Forgotten`].
    IfForgotten,
    /// At once: there is no more to it than a first packet.
    Certain,
}

impl Suspicion {
    /// About a connection of TCP.
    pub const fn of_tcp(state: tcp::State) -> Self {
        match state {
            tcp::State::SynRecv | tcp::State::SynAck => Self::Certain,
            tcp::State::Established => Self::IfForgotten,
            _ => Self::None,
        }
    }

    /// About a connection of SCTP.
    pub const fn of_sctp(state: sctp::State) -> Self {
        match state {
            sctp::State::Init1 | sctp::State::Init => Self::Certain,
            sctp::State::Established => Self::IfForgotten,
            _ => Self::None,
        }
    }

    /// About a template.
    pub const fn of_template(of: Standing) -> Self {
        match of {
            Standing {
                has_conns: true, ..
            } => Self::None,
            // Its connections are over before they could tell anything.
            Standing {
                is_one_packet: true,
                ..
            } => Self::IfForgotten,
            Standing {
                is_assured: true, ..
            } => Self::None,
            _ => Self::Certain,
        }
    }
}

/// What a template has to say for itself.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// It controls connections.
    pub has_conns: bool,
    /// The service makes connections of one packet.
    pub is_one_packet: bool,
    /// One of its connections was seen to be established.
    pub is_assured: bool,
}

/// What has been idle for long after few packets of the client. Of those with *n* packets each *n*th is
/// dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forgotten {
    /// From 1 to [`FEW_REQUESTS`].
    requests: u32,
}

impl Forgotten {
    /// What has been idle for `idle` milliseconds after `requests` packets; `None` if that is not long, or
    /// they are not few. Without any packet nobody has begun yet.
    pub const fn new(idle: u64, requests: u32) -> Option<Self> {
        match requests {
            1..=FEW_REQUESTS if idle >= IDLE => Some(Self { requests }),
            _ => None,
        }
    }

    /// Its number among all kinds, from 0 to [`FEW_REQUESTS`] - 1.
    pub const fn kind(self) -> usize {
        self.requests.saturating_sub(1) as usize
    }

    /// Whether it is dropped. `left` is kept for its kind, and 0 in the beginning; the second answer is
    /// what it is then.
    pub const fn draw(self, left: u32) -> (bool, u32) {
        match left {
            0 | 1 => (true, self.requests),
            _ => (false, left.saturating_sub(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    /// Those of all states about which the suspicion is this.
    fn suspected<S: Copy>(
        from_u8: fn(u8) -> Option<S>,
        of: fn(S) -> Suspicion,
        suspicion: Suspicion,
    ) -> Vec<S> {
        let states = (0..=u8::MAX).filter_map(from_u8);
        states.filter(|state| of(*state) == suspicion).collect()
    }

    #[test]
    fn half_open_connections_are_dropped_and_ending_ones_are_not() {
        use Suspicion::*;
        let tcp = |suspicion| suspected(tcp::State::from_u8, Suspicion::of_tcp, suspicion);
        assert_eq!(tcp(Certain), [tcp::State::SynRecv, tcp::State::SynAck]);
        assert_eq!(tcp(IfForgotten), [tcp::State::Established]);
        assert_eq!(tcp(None).len(), tcp::STATES - 3);

        let sctp = |suspicion| suspected(sctp::State::from_u8, Suspicion::of_sctp, suspicion);
        assert_eq!(sctp(Certain), [sctp::State::Init1, sctp::State::Init]);
        assert_eq!(sctp(IfForgotten), [sctp::State::Established]);
        assert_eq!(sctp(None).len(), sctp::STATES - 3);
    }

    #[test]
    fn templates_are_kept_if_established_or_in_use() {
        let of = |has_conns, is_one_packet, is_assured| {
            Suspicion::of_template(Standing {
                has_conns,
                is_one_packet,
                is_assured,
            })
        };
        assert_eq!(of(false, false, false), Suspicion::Certain);
        assert_eq!(of(false, false, true), Suspicion::None);
        assert_eq!(of(false, true, false), Suspicion::IfForgotten);
        assert_eq!(of(false, true, true), Suspicion::IfForgotten);
        for (is_one_packet, is_assured) in
            [(false, false), (false, true), (true, false), (true, true)]
        {
            assert_eq!(of(true, is_one_packet, is_assured), Suspicion::None);
        }
    }

    #[test]
    fn forgotten_is_what_is_idle_after_few_packets() {
        for requests in 1..=8 {
            assert_eq!(Forgotten::new(59_999, requests), None);
            let forgotten = Forgotten::new(60_000, requests);
            assert_eq!(forgotten.map(Forgotten::kind), Some(requests as usize - 1));
            assert_eq!(Forgotten::new(u64::MAX, requests), forgotten);
        }
        for requests in [0, 9, 10, u32::MAX] {
            assert_eq!(Forgotten::new(u64::MAX, requests), None);
        }
    }

    #[test]
    fn of_those_with_n_packets_each_nth_is_dropped() {
        for requests in 1..=8 {
            let forgotten = Forgotten::new(60_000, requests).unwrap();
            let mut left = 0;
            let dropped: Vec<bool> = (0..24)
                .map(|_| {
                    let drawn = forgotten.draw(left);
                    left = drawn.1;
                    drawn.0
                })
                .collect();
            let each_nth: Vec<bool> = (0..24).map(|i| i % requests == 0).collect();
            assert_eq!(dropped, each_nth, "{requests}");
        }
    }
}
