// SPDX-License-Identifier: GPL-2.0
//! What is to be asked of all services, asked by a few workers. Each service has rounds of its own.

use super::config::Input;
use super::input::{self, Memory};
use super::reading::{Problem, Reading};
use crate::model::Server;
use std::collections::{BTreeSet, VecDeque};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Something to be asked.
pub struct Job<'a> {
    pub(super) input: &'a Input,
    pub(super) server: Server,
    pub(super) memory: Memory,
    /// The number of the server and that of the input.
    pub(super) at: (usize, usize),
    /// What came of it; `None` while it has not been asked.
    pub(super) said: Option<Result<Reading, Problem>>,
}

impl Job<'_> {
    fn ask(&mut self, timeout: Duration) {
        self.said = input::ask(self.input, &self.server, &mut self.memory, timeout);
    }
}

/// The jobs that wait. Whose turn it is: the service of which the fewest are being asked, so that one whose
/// servers do not answer keeps a worker of its own busy before it gets a second, and the others go on; of
/// several the one that has waited longest, so that everybody's turn comes.
struct Queue<'a> {
    waiting: Vec<VecDeque<Job<'a>>>,
    /// How many of each service are being asked.
    asked: Vec<usize>,
    /// The number of the last turn, and that of each service.
    turn: u64,
    last: Vec<u64>,
    /// Of the services with jobs that wait: how many of each are being asked, its last turn, and its number.
    turns: BTreeSet<(usize, u64, usize)>,
    /// Whether workers are to end.
    has_ended: bool,
}

impl<'a> Queue<'a> {
    fn new(services: Vec<Vec<Job<'a>>>) -> Self {
        let count = services.len();
        let mut queue = Self {
            waiting: services.iter().map(|_| VecDeque::new()).collect(),
            asked: vec![0; count],
            turn: 0,
            last: vec![0; count],
            turns: BTreeSet::new(),
            has_ended: false,
        };
        for (service, jobs) in services.into_iter().enumerate() {
            queue.add(service, jobs);
        }
        queue
    }

    fn add(&mut self, service: usize, jobs: Vec<Job<'a>>) {
        self.waiting[service].extend(jobs);
        self.set_asked(service, self.asked[service]);
    }

    /// The next job, and the number of its service, for which it is being asked from now on.
    fn next(&mut self) -> Option<(usize, Job<'a>)> {
        let (asked, _, service) = self.turns.pop_first()?;
        let job = self.waiting[service].pop_front()?;
        self.turn += 1;
        self.last[service] = self.turn;
        self.set_asked(service, asked + 1);
        Some((service, job))
    }

    /// One of this service has been asked.
    fn finish(&mut self, service: usize) {
        self.set_asked(service, self.asked[service] - 1);
    }

    fn set_asked(&mut self, service: usize, asked: usize) {
        let last = self.last[service];
        self.turns.remove(&(self.asked[service], last, service));
        self.asked[service] = asked;
        if !self.waiting[service].is_empty() {
            self.turns.insert((asked, last, service));
        }
    }

    /// Those that wait are not asked any more.
    fn clear(&mut self) {
        self.turns.clear();
        self.waiting.iter_mut().for_each(VecDeque::clear);
    }
}

/// The queue as workers have it.
struct Shared<'a> {
    queue: Mutex<Queue<'a>>,
    /// There is more to do, or no more will be.
    changed: Condvar,
    timeout: Duration,
}

impl<'a> Shared<'a> {
    fn lock(&self) -> MutexGuard<'_, Queue<'a>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next job, which is waited for; none at the end.
    fn next(&self) -> Option<(usize, Job<'a>)> {
        let mut queue = self.lock();
        loop {
            if queue.has_ended {
                return None;
            }
            if let Some(next) = queue.next() {
                return Some(next);
            }
            let waited = self.changed.wait(queue);
            queue = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn work(&self, to: &Sender<(usize, Job<'a>)>) {
        while let Some((service, job)) = self.next() {
            // At the end nobody listens.
            let _ = to.send((service, self.ask(service, job)));
        }
    }

    fn ask(&self, service: usize, mut job: Job<'a>) -> Job<'a> {
        job.ask(self.timeout);
        self.lock().finish(service);
        job
    }
}

/// Ends the workers when it is dropped.
struct End<'s, 'a>(&'s Shared<'a>);

impl Drop for End<'_, '_> {
    fn drop(&mut self) {
        self.0.lock().has_ended = true;
        self.0.changed.notify_all();
    }
}

/// The round of a service.
#[derive(Default)]
struct Round<'a> {
    is_open: bool,
    /// How many of its jobs have not come back.
    missing: usize,
    asked: Vec<Job<'a>>,
}

/// Where rounds of services begin and end, while workers ask.
pub struct Asking<'s, 'a> {
    shared: &'s Shared<'a>,
    from: Receiver<(usize, Job<'a>)>,
    has_workers: bool,
    rounds: Vec<Round<'a>>,
}

/// Does something while so many workers ask what it wants of services, of which there are so many.
pub fn while_asking<'a, R>(
    services: usize,
    workers: usize,
    timeout: Duration,
    main: impl FnOnce(&mut Asking<'_, 'a>) -> R,
) -> R {
    let shared = Shared {
        queue: Mutex::new(Queue::new((0..services).map(|_| Vec::new()).collect())),
        changed: Condvar::new(),
        timeout,
    };
    let shared = &shared;
    thread::scope(|scope| {
        let (to, from) = mpsc::channel();
        let _end = End(shared);
        let spawn =
            |to: Sender<_>| thread::Builder::new().spawn_scoped(scope, move || shared.work(&to));
        // There may be no more threads to be had.
        let spawned = (0..workers).map_while(|_| spawn(to.clone()).ok()).count();
        main(&mut Asking {
            shared,
            from,
            has_workers: spawned > 0,
            rounds: (0..services).map(|_| Round::default()).collect(),
        })
    })
}

impl<'a> Asking<'_, 'a> {
    /// Begins the round of a service, whose last one has ended.
    pub fn begin(&mut self, service: usize, jobs: Vec<Job<'a>>) {
        let round = &mut self.rounds[service];
        (round.is_open, round.missing) = (true, jobs.len());
        self.shared.lock().add(service, jobs);
        self.shared.changed.notify_all();
    }

    /// Whether the round of a service has not ended.
    pub fn is_open(&self, service: usize) -> bool {
        self.rounds[service].is_open
    }

    /// A round that ends: the number of its service, and all its jobs. None if there is none until then.
    pub fn next(&mut self, until: Option<Instant>) -> Option<(usize, Vec<Job<'a>>)> {
        let is_done = |round: &Round<'_>| round.is_open && round.missing == 0;
        let mut done = self.rounds.iter().position(is_done);
        loop {
            if let Some(service) = done {
                let round = std::mem::take(&mut self.rounds[service]);
                return Some((service, round.asked));
            }
            let (service, job) = self.answer(until)?;
            let round = &mut self.rounds[service];
            round.missing -= 1;
            round.asked.push(job);
            done = is_done(round).then_some(service);
        }
    }

    /// The next job that has been asked.
    fn answer(&self, until: Option<Instant>) -> Option<(usize, Job<'a>)> {
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        let is_any_open = self.rounds.iter().any(|round| round.is_open);
        match left {
            _ if !self.has_workers && is_any_open => self.ask_one(),
            Some(left) => self.from.recv_timeout(left).ok(),
            None if is_any_open => self.from.recv().ok(),
            None => None,
        }
    }

    /// Asks where nobody else does.
    fn ask_one(&self) -> Option<(usize, Job<'a>)> {
        let (service, job) = self.shared.lock().next()?;
        Some((service, self.shared.ask(service, job)))
    }

    /// Ends all rounds early: nothing more is asked.
    pub fn clear(&mut self) {
        let mut queue = self.shared.lock();
        for (service, round) in self.rounds.iter_mut().enumerate() {
            round.missing -= queue.waiting[service].len();
        }
        queue.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feedback::config::Config;
    use std::ops::ControlFlow;

    const TIMEOUT: Duration = Duration::from_secs(2);

    /// An input that takes longer than it may, and one that answers. What was killed is not started again
    /// until it has ended: no command of a test is one of another, and none of a server that of another.
    fn config(seconds: u32) -> Config {
        let text = format!(
            "
[[service]]
fwmark = 1
[[service.input]]
kind = 'command'
command = ['sleep', '{seconds}.{{port}}']
[[service]]
fwmark = 2
[[service.input]]
kind = 'command'
command = ['echo', '0.5']
"
        );
        Config::read(&text).unwrap()
    }

    fn jobs(config: &Config, service: usize, count: usize) -> Vec<Job<'_>> {
        let job = |number| Job {
            input: &config.services[service].inputs[0],
            server: Server {
                port: number as u16,
                ..Server::default()
            },
            memory: Memory::default(),
            at: (number, 0),
            said: None,
        };
        (0..count).map(job).collect()
    }

    /// A round of all services; each is handed over as it ends, until a break.
    fn ask_all<'a>(
        services: Vec<Vec<Job<'a>>>,
        workers: usize,
        timeout: Duration,
        done: &mut dyn FnMut(usize, Vec<Job<'a>>) -> ControlFlow<()>,
    ) {
        while_asking(services.len(), workers, timeout, |asking| {
            for (service, jobs) in services.into_iter().enumerate() {
                asking.begin(service, jobs);
            }
            while let Some((service, jobs)) = asking.next(None) {
                if done(service, jobs).is_break() {
                    return;
                }
            }
        });
    }

    #[test]
    fn who_does_not_answer_holds_up_nobody_else() {
        let config = config(60);
        let services = vec![jobs(&config, 0, 8), jobs(&config, 1, 2), Vec::new()];
        let mut seen = Vec::new();
        ask_all(services, 4, TIMEOUT, &mut |service, jobs| {
            let well = jobs.iter().filter(|job| matches!(job.said, Some(Ok(_))));
            seen.push((service, jobs.len(), well.count()));
            ControlFlow::Continue(())
        });
        assert_eq!(seen, [(2, 0, 0), (1, 2, 2), (0, 8, 0)]);
    }

    #[test]
    fn whoever_is_asked_least_is_next() {
        let config = config(61);
        let services = vec![jobs(&config, 0, 3), Vec::new(), jobs(&config, 1, 3)];
        let mut queue = Queue::new(services);
        let mut next = |finished: &[usize]| {
            finished.iter().for_each(|service| queue.finish(*service));
            queue.next().map(|(service, _)| service)
        };
        assert_eq!([next(&[]), next(&[])], [Some(0), Some(2)]);
        assert_eq!(
            [next(&[2]), next(&[2])],
            [Some(2); 2],
            "the first is silent"
        );
        assert_eq!(next(&[2]), Some(0), "nobody else waits");
        assert_eq!(next(&[0, 0]), Some(0));
        assert_eq!(next(&[0]), None);
    }

    #[test]
    fn a_worker_more_than_silent_services_is_enough() {
        let config = config(62);
        let services = vec![jobs(&config, 0, 2), jobs(&config, 1, 20)];
        let mut seen = Vec::new();
        // Twice that is what the others have for all of theirs.
        ask_all(services, 2, TIMEOUT * 5, &mut |service, _| {
            seen.push(service);
            ControlFlow::Break(())
        });
        assert_eq!(seen, [1]);
    }

    #[test]
    fn whoever_waits_longest_is_next() {
        let config = config(64);
        let mut queue = Queue::new(vec![jobs(&config, 0, 9), jobs(&config, 0, 9)]);
        let mut next = || {
            queue
                .next()
                .map(|(service, _)| service)
                .inspect(|service| queue.finish(*service))
        };
        assert_eq!([next(), next(), next(), next()], [0, 1, 0, 1].map(Some));
    }

    #[test]
    fn rounds_of_a_service_do_not_wait_for_those_of_others() {
        let config = config(65);
        while_asking(2, 2, TIMEOUT, |asking| {
            asking.begin(0, jobs(&config, 0, 1000));
            for _ in 0..3 {
                asking.begin(1, jobs(&config, 1, 3));
                let (service, jobs) = asking.next(None).unwrap();
                assert_eq!((service, jobs.len()), (1, 3));
                assert!(asking.is_open(0) && !asking.is_open(1));
            }
            assert!(asking.next(Some(Instant::now())).is_none());
            asking.clear();
            let (service, jobs) = asking.next(None).unwrap();
            assert!(service == 0 && jobs.len() < 1000);
            assert!(asking.next(None).is_none());
        });
    }

    #[test]
    fn without_threads_it_is_asked_nevertheless() {
        let config = config(66);
        let mut seen = Vec::new();
        ask_all(
            vec![jobs(&config, 1, 3)],
            0,
            TIMEOUT,
            &mut |service, jobs| {
                seen.push((service, jobs.len()));
                ControlFlow::Continue(())
            },
        );
        assert_eq!(seen, [(0, 3)]);
    }

    #[test]
    fn after_a_break_nobody_is_asked() {
        let config = config(63);
        let services = vec![jobs(&config, 0, 100), jobs(&config, 1, 1)];
        let (begun, mut seen) = (Instant::now(), Vec::new());
        ask_all(services, 2, TIMEOUT, &mut |service, _| {
            seen.push(service);
            ControlFlow::Break(())
        });
        assert_eq!(seen, [1]);
        // Each would take its time.
        assert!(begun.elapsed() < TIMEOUT * 25);
    }
}
