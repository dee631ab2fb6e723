// SPDX-License-Identifier: GPL-2.0
//! What is to be asked of all services, asked by a few workers.

use super::config::Input;
use super::input::{self, Memory};
use super::reading::{Problem, Reading};
use crate::model::Server;
use std::collections::{BTreeSet, VecDeque};
use std::ops::ControlFlow;
use std::sync::{mpsc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

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
/// servers do not answer keeps a worker of its own busy before it gets a second, and the others go on.
struct Queue<'a> {
    waiting: Vec<VecDeque<Job<'a>>>,
    /// How many of each service are being asked.
    asked: Vec<usize>,
    /// Of the services with jobs that wait: how many of each are being asked, and its number.
    turns: BTreeSet<(usize, usize)>,
}

impl<'a> Queue<'a> {
    fn new(services: Vec<Vec<Job<'a>>>) -> Self {
        let waiting: Vec<VecDeque<_>> = services.into_iter().map(Into::into).collect();
        let open = (0..waiting.len()).filter(|service| !waiting[*service].is_empty());
        Self {
            turns: open.map(|service| (0, service)).collect(),
            asked: vec![0; waiting.len()],
            waiting,
        }
    }

    /// The next job, and the number of its service, for which it is being asked from now on.
    fn next(&mut self) -> Option<(usize, Job<'a>)> {
        let (asked, service) = self.turns.pop_first()?;
        let job = self.waiting[service].pop_front()?;
        self.set_asked(service, asked + 1);
        Some((service, job))
    }

    /// One of this service has been asked.
    fn finish(&mut self, service: usize) {
        self.set_asked(service, self.asked[service] - 1);
    }

    fn set_asked(&mut self, service: usize, asked: usize) {
        self.turns.remove(&(self.asked[service], service));
        self.asked[service] = asked;
        if !self.waiting[service].is_empty() {
            self.turns.insert((asked, service));
        }
    }

    /// No more are asked.
    fn clear(&mut self) {
        self.turns.clear();
        self.waiting.iter_mut().for_each(VecDeque::clear);
    }
}

/// Asks the jobs of all services, so many at a time, and hands over those of each, by its number, as soon
/// as they are done. After a break no more are asked, and none handed over.
pub fn ask_all<'a>(
    services: Vec<Vec<Job<'a>>>,
    workers: usize,
    timeout: Duration,
    done: &mut dyn FnMut(usize, Vec<Job<'a>>) -> ControlFlow<()>,
) {
    let mut open: Vec<usize> = services.iter().map(Vec::len).collect();
    let mut asked: Vec<Vec<Job<'a>>> = open.iter().map(|_| Vec::new()).collect();
    let empty = (0..open.len()).filter(|service| open[*service] == 0);
    if empty
        .into_iter()
        .try_for_each(|service| done(service, Vec::new()))
        .is_break()
    {
        return;
    }
    let workers = workers.min(open.iter().sum());
    let queue = Mutex::new(Queue::new(services));
    let lock = || queue.lock().unwrap_or_else(PoisonError::into_inner);
    // A guard that a loop's condition makes lives as long as its body.
    let next = || lock().next();
    let work = |to: mpsc::Sender<(usize, Job<'a>)>| {
        while let Some((service, mut job)) = next() {
            job.ask(timeout);
            lock().finish(service);
            // Nobody listens after a break.
            let _ = to.send((service, job));
        }
    };
    thread::scope(|scope| {
        let (to, from) = mpsc::channel();
        let spawn = |to| thread::Builder::new().spawn_scoped(scope, || work(to));
        // There may be no more threads to be had.
        let spawned = (0..workers).map_while(|_| spawn(to.clone()).ok()).count();
        match spawned {
            0 => work(to),
            _ => drop(to),
        }
        for (service, job) in from {
            asked[service].push(job);
            open[service] -= 1;
            if open[service] == 0 && done(service, std::mem::take(&mut asked[service])).is_break() {
                lock().clear();
                return;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feedback::config::Config;
    use std::time::Instant;

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
