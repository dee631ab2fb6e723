// SPDX-License-Identifier: GPL-2.0

//! Which answers were given, and how often.

use std::collections::BTreeMap;
use std::fmt;

/// Often enough that one must have been right.
const OFTEN: u64 = 500;

/// How often what was asked for was answered how.
#[derive(Clone, Debug, Default)]
pub struct Coverage(BTreeMap<String, BTreeMap<i32, u64>>);

impl Coverage {
    /// Counts an answer; 0 is success.
    pub fn count(&mut self, name: &str, errno: i32) {
        if !self.0.contains_key(name) {
            self.0.insert(name.to_owned(), BTreeMap::new());
        }
        if let Some(answers) = self.0.get_mut(name) {
            *answers.entry(errno).or_default() += 1;
        }
    }

    /// Counts what somebody else has counted.
    pub fn add(&mut self, other: &Self) {
        for (name, answers) in &other.0 {
            for (errno, count) in answers {
                *self
                    .0
                    .entry(name.clone())
                    .or_default()
                    .entry(*errno)
                    .or_default() += count;
            }
        }
    }

    /// What was asked for often, and never with success.
    pub fn never_succeeded(&self) -> Vec<&str> {
        self.0
            .iter()
            .filter(|(_, answers)| answers.values().sum::<u64>() >= OFTEN)
            .filter(|(_, answers)| !answers.contains_key(&0))
            .map(|(name, _)| name.as_str())
            .collect()
    }
}

/// The usual name of an errno.
pub fn errno_name(errno: i32) -> String {
    match errno {
        0 => "ok".to_owned(),
        _ => format!("{:?}", nix::errno::Errno::from_raw(errno)),
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, answers) in &self.0 {
            write!(f, "# {name:24}")?;
            for (errno, count) in answers {
                write!(f, " {} {count}", errno_name(*errno))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_never_succeeds_is_named() {
        let mut coverage = Coverage::default();
        for _ in 0..OFTEN {
            coverage.count("good", 0);
            coverage.count("bad", libc::EINVAL);
        }
        coverage.count("rare", libc::EINVAL);
        assert_eq!(coverage.never_succeeded(), ["bad"]);

        let mut sum = Coverage::default();
        sum.add(&coverage);
        sum.add(&coverage);
        let text = sum.to_string();
        assert!(
            text.contains("good") && text.contains("ok 1000\n"),
            "{text}"
        );
        assert!(text.contains("EINVAL 2\n"), "{text}");
    }
}
