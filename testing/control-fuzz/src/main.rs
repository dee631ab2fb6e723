// SPDX-License-Identifier: GPL-2.0

//! `control-fuzz run SEED SECONDS`: many workers at once, in several namespaces.
//! `control-fuzz transcript SEED EPISODES STEPS`: one worker, and what it was answered.
//! `control-fuzz show run|transcript SEED STREAM STEP [COUNT]`: steps, without taking them.

use std::env;
use std::process::ExitCode;

use control_fuzz::step::{Profile, Steps};

mod run;
mod transcript;

/// The steps of [`run`].
const MANY: Profile = run::PROFILE;
/// The steps of [`transcript`].
const ONE: Profile = transcript::PROFILE;

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let number = |at: usize| words.get(at).and_then(|word| word.parse::<u64>().ok());
    match (&words[..], number(1), number(2), number(3)) {
        (["run", ..], Some(seed), Some(seconds), None) => run::run(seed, seconds),
        (["transcript", ..], Some(seed), Some(episodes), Some(steps)) => {
            transcript::run(seed, episodes, steps)
        }
        (["show", mode @ ("run" | "transcript"), seed, stream, step, rest @ ..], ..) => {
            let count = rest.first().map_or(Ok(1), |word| word.parse());
            let (Ok(seed), Ok(stream), Ok(step), Ok(count)) =
                (seed.parse(), stream.parse(), step.parse(), count)
            else {
                return usage();
            };
            let profile = if *mode == "run" { MANY } else { ONE };
            show(seed, stream, step, count, profile)
        }
        _ => usage(),
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: control-fuzz run SEED SECONDS");
    eprintln!("       control-fuzz transcript SEED EPISODES STEPS");
    eprintln!("       control-fuzz show run|transcript SEED STREAM STEP [COUNT]");
    ExitCode::from(2)
}

fn show(seed: u64, stream: u64, step: usize, count: usize, profile: Profile) -> ExitCode {
    let steps = Steps::new(seed, stream, profile).enumerate();
    for (number, step) in steps.skip(step).take(count) {
        println!("{number}: {step}");
    }
    ExitCode::SUCCESS
}
