// SPDX-License-Identifier: GPL-2.0

//! `ipvs_fuzz [target|all] [count] [seed]`: feeds each target with so many inputs.

use std::env;
use std::fmt::Write;
use std::panic;
use std::process::ExitCode;
use std::time::Instant;

use ipvs_fuzz::input::Inputs;
use ipvs_fuzz::{
    Target,
    TARGETS, //
};

const DEFAULT_COUNT: u64 = 1_000_000;

fn main() -> ExitCode {
    let mut args = env::args().skip(1);
    let name = args.next().unwrap_or_else(|| "all".into());
    let mut number = |default| args.next().map_or(Ok(default), |text| text.parse::<u64>());
    let (Ok(count), Ok(seed)) = (number(DEFAULT_COUNT), number(1)) else {
        eprintln!("usage: ipvs_fuzz [target|all] [count] [seed]");
        return ExitCode::from(2);
    };
    let chosen: Vec<&Target> = TARGETS
        .iter()
        .filter(|target| name == "all" || name == target.name)
        .collect();
    if chosen.is_empty() {
        let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
        eprintln!("no target {name}; there are: {}", names.join(" "));
        return ExitCode::from(2);
    }

    let passed = chosen
        .iter()
        .filter(|target| feed(target, count, seed))
        .count();
    if passed == chosen.len() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Whether all inputs passed; the first that did not is printed.
fn feed(target: &Target, count: u64, seed: u64) -> bool {
    let start = Instant::now();
    let mut inputs = Inputs::new(seed, (target.seeds)());
    for number in 1..=count {
        let input = inputs.next_input();
        if panic::catch_unwind(|| (target.run)(input)).is_err() {
            println!(
                "{}: input {number} of seed {seed}: {}",
                target.name,
                hex(input)
            );
            return false;
        }
        if number % (count / 4).max(1) == 0 {
            println!(
                "{}: {number} inputs, {:.1} s",
                target.name,
                start.elapsed().as_secs_f64()
            );
        }
    }

    true
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
