// SPDX-License-Identifier: GPL-2.0

//! Many workers at once.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::process::{self, ExitCode};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use control_fuzz::coverage::Coverage;
use control_fuzz::expect;
use control_fuzz::machine::namespace::{furnish, leave, Namespace};
use control_fuzz::machine::{Machine, Wrong};
use control_fuzz::request::EVERYTHING;
use control_fuzz::step::{Profile, Steps};

/// What the workers do.
pub const PROFILE: Profile = Profile {
    words: &EVERYTHING,
    noise: true,
    broken: 35,
};

/// A worker whose namespaces come and go takes at most so many steps in one.
const STAY: usize = 60;
/// How long a step may take.
const PATIENCE: Duration = Duration::from_secs(100);
/// After so many steps a line in the kernel's log says where a worker is.
const MARK: u64 = 2_000;
/// `TAINT_DIE` and `TAINT_WARN`.
const TAINTS: u64 = (1 << 7) | (1 << 9);

/// In which namespace each worker is; `None` is one that comes and goes.
const HOMES: [Option<usize>; 6] = [Some(0), Some(0), Some(0), Some(1), None, None];

/// What all know.
struct Shared {
    seed: u64,
    stop: AtomicBool,
    failed: AtomicBool,
    /// How many workers have begun.
    begun: AtomicU64,
    steps: [AtomicU64; HOMES.len()],
    coverage: Mutex<Coverage>,
}

impl Shared {
    fn fail(&self, why: &str) {
        self.stop.store(true, Relaxed);
        self.failed.store(true, Relaxed);
        println!("# seed {}: {why}", self.seed);
    }

    fn at(&self) -> String {
        let steps = self.steps.iter().enumerate();
        let places: Vec<_> = steps
            .map(|(worker, step)| format!("{worker}: {}", step.load(Relaxed)))
            .collect();
        format!("steps by worker {}", places.join(", "))
    }
}

/// Runs for so many seconds.
pub fn run(seed: u64, seconds: u64) -> ExitCode {
    println!("# seed {seed}, {seconds} s, {} workers", HOMES.len());
    let shared = Arc::new(Shared {
        seed,
        stop: AtomicBool::new(false),
        failed: AtomicBool::new(false),
        begun: AtomicU64::new(0),
        steps: Default::default(),
        coverage: Mutex::default(),
    });
    let homes: Result<Vec<_>, _> = (0..2).map(|_| Namespace::new().map(Arc::new)).collect();
    let homes = match homes {
        Ok(homes) => homes,
        Err(error) => {
            println!("# no namespace: {error}");
            return ExitCode::FAILURE;
        }
    };
    let taint = tainted();
    let workers: Vec<_> = HOMES
        .iter()
        .enumerate()
        .map(|(number, home)| {
            let shared = Arc::clone(&shared);
            let home = home.map(|home| Arc::clone(&homes[home]));
            thread::spawn(move || work(&shared, number, home.as_deref()))
        })
        .collect();
    watch(&shared, Duration::from_secs(seconds), taint);
    for worker in workers {
        if worker.join().is_err() {
            shared.fail("a worker has panicked");
        }
    }
    for home in &homes {
        if let Err(Wrong(why)) = settle(home) {
            shared.fail(&format!("after the run: {why}; {}", shared.at()));
        }
    }
    report(&shared)
}

fn work(shared: &Shared, number: usize, home: Option<&Namespace>) {
    let mut at = (0, String::new());
    if let Err(Wrong(why)) = steps(shared, number, home, &mut at) {
        let (step, what) = at;
        shared.fail(&format!("worker {number}, step {step}: {why}\n#   {what}"));
    }
}

/// Takes steps until all have to stop; `at` says which one it was.
fn steps(
    shared: &Shared,
    number: usize,
    home: Option<&Namespace>,
    at: &mut (u64, String),
) -> Result<(), Wrong> {
    move_into(home)?;
    let mut machine = Machine::open()?;
    shared.begun.fetch_add(1, Relaxed);
    let mut left = STAY;
    for (count, step) in (0..).zip(Steps::new(shared.seed, number as u64, PROFILE)) {
        if shared.stop.load(Relaxed) {
            break;
        }
        shared.steps[number].store(count, Relaxed);
        if count % MARK == 0 {
            mark(&format!(
                "seed {} worker {number} step {count}",
                shared.seed
            ));
        }
        if home.is_none() && left == 0 {
            move_into(None)?;
            machine.reopen()?;
            machine.coverage.count("new namespace", 0);
            // Not always the same, and known by the number of the step.
            left = 1 + (count as usize * 7) % STAY;
        }
        left -= usize::from(home.is_none());
        if let Err(wrong) = machine.take(&step) {
            *at = (count, step.to_string());
            return Err(wrong);
        }
    }
    shared
        .coverage
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .add(&machine.coverage);
    Ok(())
}

fn move_into(home: Option<&Namespace>) -> Result<(), Wrong> {
    match home {
        Some(home) => home.enter()?,
        None => {
            leave()?;
            furnish()?;
        }
    }
    Ok(())
}

/// Waits for the end, and for what must not happen until then.
fn watch(shared: &Shared, time: Duration, taint: u64) {
    let started = Instant::now();
    while shared.begun.load(Relaxed) < HOMES.len() as u64 && !shared.stop.load(Relaxed) {
        thread::sleep(Duration::from_millis(50));
        if started.elapsed() > PATIENCE {
            shared.fail("some worker does not begin");
        }
    }
    let end = Instant::now() + time;
    let mut last = HOMES.map(|_| (u64::MAX, Instant::now()));
    while Instant::now() < end && !shared.stop.load(Relaxed) {
        thread::sleep(Duration::from_millis(200));
        if tainted() & !taint & TAINTS != 0 {
            shared.fail(&format!("the kernel has reported a bug; {}", shared.at()));
        }
        for (number, (step, since)) in last.iter_mut().enumerate() {
            let now = shared.steps[number].load(Relaxed);
            if now != *step {
                (*step, *since) = (now, Instant::now());
            } else if since.elapsed() > PATIENCE {
                shared.fail(&format!(
                    "worker {number} is stuck in step {now}; {}",
                    shared.at()
                ));
                // The thread cannot be ended.
                process::exit(1);
            }
        }
    }
    shared.stop.store(true, Relaxed);
}

/// After all that, a table can be emptied and used.
fn settle(home: &Namespace) -> Result<(), Wrong> {
    home.enter()?;
    Machine::open()?.prove_usable()
}

fn report(shared: &Shared) -> ExitCode {
    let coverage = shared
        .coverage
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    print!("{coverage}");
    println!("# {}", shared.at());
    for name in coverage.never_succeeded() {
        if expect::must_succeed(name) {
            shared.fail(&format!("{name} never succeeded"));
        }
    }
    match shared.failed.load(Relaxed) {
        false => ExitCode::SUCCESS,
        true => ExitCode::FAILURE,
    }
}

fn tainted() -> u64 {
    fs::read_to_string("/proc/sys/kernel/tainted")
        .ok()
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(0)
}

/// A line in the kernel's log.
fn mark(text: &str) {
    if let Ok(mut log) = OpenOptions::new().write(true).open("/dev/kmsg") {
        // Without it the log says less; nothing else depends on it.
        let _ = writeln!(log, "<6>control-fuzz: {text}");
    }
}
