// SPDX-License-Identifier: GPL-2.0
//! What is made of loads: by how much weights are to count more or less.
//!
//! `Documentation/feedback.rst` has the formulas and what they do.

use serde::Deserialize;

/// A server, as rules see it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Server {
    /// Its weight as configured.
    pub weight: f64,
    /// By how much that counts more or less.
    pub factor: f64,
    /// How loaded it is, if that is known; otherwise it is left as it is.
    pub load: Option<f64>,
}

/// Which rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// [`Relative`].
    #[default]
    Relative,
    /// [`Zhang`].
    Zhang,
}

/// Servers that are more loaded than the mean get less, others more.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Relative {
    /// How much of a deviation is made up for in one step.
    pub gain: f64,
    /// How much the newest load counts among those before.
    pub smoothing: f64,
    /// Up to so much of the mean a deviation is none.
    pub dead_band: f64,
    /// No factor changes by more than this part at a time.
    pub step: f64,
    /// Below this mean nothing is done: it would be noise.
    pub quiet: f64,
    /// The lowest factor.
    pub least: f64,
    /// The highest.
    pub most: f64,
}

impl Default for Relative {
    fn default() -> Self {
        Self {
            gain: 0.5,
            smoothing: 0.7,
            dead_band: 0.05,
            step: 0.2,
            quiet: 0.02,
            least: 0.05,
            most: 4.0,
        }
    }
}

/// The rule that W. Zhang published for LVS.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Zhang {
    /// `A`, what the cube root is multiplied with.
    pub a: f64,
    /// The load that is wanted.
    pub target: f64,
    /// So many times its default weight is the most that a server gets; it never gets less than that.
    pub scale: f64,
    /// The default weight, in which `a` and `threshold` are counted, whatever is configured.
    pub base: f64,
    /// Smaller changes are not made.
    pub threshold: f64,
    /// How much the newest load counts among those before.
    pub smoothing: f64,
}

impl Default for Zhang {
    fn default() -> Self {
        Self {
            a: 5.0,
            target: 0.95,
            scale: 10.0,
            base: 10.0,
            threshold: 0.0,
            smoothing: 1.0,
        }
    }
}

/// A load among those before; `part` is how much the newest counts.
pub fn smooth(before: Option<f64>, load: f64, part: f64) -> f64 {
    match before {
        Some(before) => before + part * (load - before),
        None => load,
    }
}

impl Relative {
    /// One step.
    pub fn step(&self, servers: &mut [Server]) {
        let Some(mean) = mean(servers).filter(|mean| *mean >= self.quiet && *mean > 0.0) else {
            return;
        };
        let before = servers.to_vec();
        let mut moved = false;
        for server in servers.iter_mut() {
            let deviation = server.load.map_or(0.0, |load| (mean - load) / mean);
            if deviation.abs() > self.dead_band {
                server.factor *= (self.gain * deviation).exp();
                moved = true;
            }
        }
        if moved {
            self.level(servers, &before);
        }
    }

    /// Keeps the sum, so that factors do not wander all together, and the limits.
    fn level(&self, servers: &mut [Server], before: &[Server]) {
        let of = |part: fn(&Server) -> f64, servers: &[Server]| -> f64 {
            let known = servers.iter().filter(|server| server.load.is_some());
            known.map(part).sum()
        };
        let weights = of(|server| server.weight, servers);
        let shares = of(|server| server.weight * server.factor, servers);
        if shares <= 0.0 {
            return;
        }
        let most = 1.0 + self.step;
        for (server, before) in servers.iter_mut().zip(before) {
            if server.load.is_some() {
                let wanted = server.factor * weights / shares;
                server.factor = wanted
                    .clamp(before.factor / most, before.factor * most)
                    .clamp(self.least, self.most);
            }
        }
    }
}

/// The mean load of those of which it is known, by weight; `None` if there is nobody to compare with.
pub fn mean(servers: &[Server]) -> Option<f64> {
    let known = servers
        .iter()
        .filter(|server| server.weight > 0.0)
        .filter_map(|server| Some((server.weight, server.load?)));
    if known.clone().count() < 2 {
        return None;
    }
    let (weights, loads) = known.fold((0.0, 0.0), |(weights, loads), (weight, load)| {
        (weights + weight, loads + weight * load)
    });
    Some(loads / weights)
}

impl Zhang {
    /// One step.
    pub fn step(&self, servers: &mut [Server]) {
        for server in servers {
            let Some(load) = server.load else {
                continue;
            };
            let old = server.factor * self.base;
            let new = old + self.a * (self.target - load).cbrt();
            let new = new.clamp(self.base, self.scale * self.base);
            if (new - old).abs() > self.threshold {
                server.factor = new / self.base;
            }
        }
    }
}

#[cfg(test)]
mod tests;
