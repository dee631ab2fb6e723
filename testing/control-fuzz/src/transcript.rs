// SPDX-License-Identifier: GPL-2.0

//! One worker alone, whose answers can be compared with those of another module.

use std::process::ExitCode;

use control_fuzz::attr::Attr;
use control_fuzz::machine::namespace::{furnish, leave};
use control_fuzz::machine::{Machine, Wrong};
use control_fuzz::request::{Request, COMPARABLE};
use control_fuzz::step::{Profile, Step, Steps};
use ipvs_core::uapi::cmd::Command;

/// What the worker does.
pub const PROFILE: Profile = Profile {
    words: &COMPARABLE,
    noise: false,
    broken: 40,
};

/// Each episode is a stream of its own in a new namespace, and ends with the whole table.
pub fn run(seed: u64, episodes: u64, steps: u64) -> ExitCode {
    let mut machine = match Machine::open() {
        Ok(machine) => machine,
        Err(error) => {
            println!("failed: {error}");
            return ExitCode::FAILURE;
        }
    };
    machine.transcript = Some(Vec::new());
    for episode in 0..episodes {
        if let Err(Wrong(why)) = one(&mut machine, seed, episode, steps) {
            println!("{episode} failed: {why}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn one(machine: &mut Machine, seed: u64, episode: u64, count: u64) -> Result<(), Wrong> {
    leave()?;
    furnish()?;
    machine.reopen()?;
    let steps = Steps::new(seed, episode, PROFILE);
    for (number, step) in (0..count).zip(steps) {
        let taken = machine.take(&step);
        tell(machine, episode, number);
        if let Err(Wrong(why)) = taken {
            println!("{episode} {number} not allowed: {why}");
        }
    }
    // The state that it led to.
    for (number, step) in [
        Step::Request(Request::new(Command::GetService, true, Vec::<Attr>::new())),
        Step::Request(Request::new(Command::GetConfig, false, Vec::<Attr>::new())),
        Step::Show {
            file: "ip_vs",
            piece: 4096,
            again: None,
        },
    ]
    .iter()
    .enumerate()
    {
        machine.take(step)?;
        tell(machine, episode, count + number as u64);
    }
    Ok(())
}

/// Prints what was answered.
fn tell(machine: &mut Machine, episode: u64, number: u64) {
    for line in machine
        .transcript
        .iter_mut()
        .flat_map(|lines| lines.drain(..))
    {
        println!("{episode} {number} {line}");
    }
}
