// SPDX-License-Identifier: GPL-2.0

//! Fuzz targets: functions of bytes that must neither panic nor break what they assert.
//!
//! A target does not care where its bytes come from. Here they come from [`input::Inputs`]; a libFuzzer
//! harness for one is `fuzz_target!(|data: &[u8]| ipvs_fuzz::target::packet(data));`.

pub mod input;
pub mod target;

/// Something to be fed with bytes.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name on the command line.
    pub name: &'static str,
    /// Takes an input.
    pub run: fn(&[u8]),
    /// Inputs that get far, to be changed.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target {
        name: "packet",
        run: target::packet,
        seeds: input::packets,
    },
    Target {
        name: "packet6",
        run: target::packet6,
        seeds: input::packets6,
    },
    Target {
        name: "service",
        run: target::service,
        seeds: input::services,
    },
    Target {
        name: "dest",
        run: target::dest,
        seeds: input::dests,
    },
    Target {
        name: "checksum",
        run: target::checksum,
        seeds: input::packets,
    },
    Target {
        name: "decide",
        run: target::decide,
        seeds: input::packets,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Inputs;

    #[test]
    fn targets_hold_for_a_while() {
        for target in TARGETS {
            let mut inputs = Inputs::new(1, (target.seeds)());
            for _ in 0..20_000 {
                (target.run)(inputs.next_input());
            }
        }
    }

    #[test]
    fn seeds_get_far() {
        use ipvs_core::addr::Family;
        use ipvs_core::packet::{
            parse_ipv4,
            parse_ipv6,
            Parsed, //
        };
        use ipvs_core::uapi::{
            dest::parse_dest,
            service::parse_service, //
        };

        for seed in input::packets() {
            assert!(!matches!(parse_ipv4(&seed[..], 0), Parsed::Malformed(_)));
        }
        for seed in input::packets6() {
            assert!(!matches!(parse_ipv6(&seed[..], 0), Parsed::Malformed(_)));
        }
        for seed in input::services() {
            assert!(parse_service(&seed, true).is_ok());
        }
        for seed in input::dests() {
            assert!(parse_dest(&seed, Family::V4, true).is_ok());
        }
    }

    #[test]
    fn a_seed_says_it_all() {
        let mut one = Inputs::new(7, input::packets());
        let mut two = Inputs::new(7, input::packets());
        for _ in 0..1000 {
            assert_eq!(one.next_input(), two.next_input());
        }
    }
}
