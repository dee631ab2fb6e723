// SPDX-License-Identifier: GPL-2.0

//! Weighted round robin: in each round a destination has as many turns as its weight says.
//!
//! A round is a number of passes through the list. Each pass has a level, and only those take part
//! the weight of which is not below it. The level of the first pass is the highest weight; from pass
//! to pass it goes down by what all weights can be divided by.

use super::{
    gcd::gcd,
    tree::Summary,
    Server, //
};

/// What the levels follow from, for a group of slots: a node of a tree of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weights {
    /// The highest weight, whether or not its destination takes connections.
    pub highest: u32,
    /// The highest of those that do.
    pub usable: u32,
    /// What all positive weights can be divided by; 0 if there are none.
    pub divisor: u32,
}

impl Weights {
    /// Of one destination.
    #[inline]
    pub fn of(server: &impl Server) -> Self {
        let weight = server.weight().max(0) as u32;
        Self {
            highest: weight,
            usable: match server.is_overloaded() {
                true => 0,
                false => weight,
            },
            divisor: weight,
        }
    }
}

impl Summary for Weights {
    const EMPTY: Self = Self {
        highest: 0,
        usable: 0,
        divisor: 0,
    };

    #[inline]
    fn join(older: Self, newer: Self) -> Self {
        Self {
            highest: older.highest.max(newer.highest),
            usable: older.usable.max(newer.usable),
            divisor: gcd(older.divisor, newer.divisor),
        }
    }
}

/// Where the round stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// One more than the slot that was chosen last, or 0: then the pass begins.
    pub cursor: usize,
    /// The level.
    level: i32,
    /// The level of the first pass; 0 if there is no weight.
    top: i32,
    /// From a level to the next, at least 1.
    step: i32,
}

/// What a service with these weights does.
const fn levels(weights: &Weights) -> (i32, i32) {
    let step = match weights.divisor {
        0 => 1,
        divisor => divisor as i32,
    };
    // The last level is 1 then, so that whoever has a weight takes part.
    let top = (weights.highest as i32).wrapping_sub(step.wrapping_sub(1));
    (top, step)
}

impl Mark {
    /// The beginning of a round.
    pub const fn new(weights: &Weights) -> Self {
        let (top, step) = levels(weights);
        Self {
            cursor: 0,
            level: top,
            top,
            step,
        }
    }

    /// The same in a list in which the slot that was chosen last has another number.
    pub const fn with_cursor(self, cursor: usize) -> Self {
        Self { cursor, ..self }
    }

    /// A destination has come, gone or changed.
    pub fn change(&mut self, weights: &Weights) {
        (self.top, self.step) = levels(weights);
        self.cursor = 0;
        if self.level > self.top || self.level == 0 {
            self.level = self.top;
        } else if self.step > 1 {
            let rounded = self.level.checked_div(self.step).unwrap_or(0);
            self.level = rounded.wrapping_mul(self.step).wrapping_add(1);
        }
    }

    /// Picks the next slot of `used`.
    ///
    /// `next` finds the highest slot below a number with a usable destination of at least a weight;
    /// `usable` is the highest weight that it would find.
    #[inline]
    pub fn pick(
        &mut self,
        used: usize,
        next: impl Fn(usize, i32) -> Option<usize>,
        usable: impl Fn() -> i32,
    ) -> Option<usize> {
        if self.top == 0 {
            return None;
        }
        let slot = next(self.cursor.checked_sub(1).unwrap_or(used), self.level);
        match slot {
            Some(slot) => self.cursor = slot.wrapping_add(1),
            None => return self.pick_in_next_pass(used, next, usable),
        }
        slot
    }

    /// The pass is over. Goes on until all have been looked at on the last level.
    fn pick_in_next_pass(
        &mut self,
        used: usize,
        next: impl Fn(usize, i32) -> Option<usize>,
        usable: impl Fn() -> i32,
    ) -> Option<usize> {
        let last = self.cursor.checked_sub(1);
        let (mut is_last_pass, mut is_new_round) = (false, false);
        loop {
            self.level = self.level.wrapping_sub(self.step);
            if self.level <= 0 {
                self.level = self.top;
                // That was the last pass, and it was a whole one.
                if is_last_pass || last.is_none() {
                    self.cursor = 0;
                    return None;
                }
                is_new_round = true;
            }
            // Weights may change all the time: what was usable a moment ago is no reason to look for
            // it level by level.
            self.skip_levels(usable());
            is_last_pass = self.level <= self.step;
            // The round began with a part of a pass: what is missing of it is up to there.
            let stop = last.filter(|_| is_last_pass && is_new_round);
            if let Some(slot) = next(used, self.level).filter(|&slot| stop <= Some(slot)) {
                self.cursor = slot.wrapping_add(1);
                return Some(slot);
            }
            if stop.is_some() {
                return None;
            }
        }
    }

    /// Goes down past the levels at which there is nobody, but not past the last one.
    fn skip_levels(&mut self, usable: i32) {
        let goal = usable.max(self.step);
        let above = self.level.saturating_sub(goal);
        if above <= 0 {
            return;
        }
        let by = above.saturating_sub(1).checked_div(self.step);
        let by = by.unwrap_or(0).saturating_add(1);
        self.level = self.level.wrapping_sub(by.wrapping_mul(self.step));
    }
}

#[cfg(test)]
mod tests {
    use super::super::{tree, Load};
    use super::*;
    use std::vec;
    use std::vec::Vec;

    /// C's walk, level by level, over a list of which the first is the newest.
    struct Model {
        list: Vec<Load>,
        last: Option<usize>,
        level: i32,
        top: i32,
        step: i32,
    }

    fn sum_up(list: &[Load]) -> Weights {
        list.iter()
            .map(Weights::of)
            .fold(Weights::EMPTY, Weights::join)
    }

    impl Model {
        fn new(list: Vec<Load>) -> Self {
            let mut model = Self {
                list,
                last: None,
                level: 0,
                top: 0,
                step: 1,
            };
            model.changed();
            model
        }

        fn changed(&mut self) {
            let weights = self.list.iter().map(|load| load.weight);
            let divisor = weights.clone().filter(|&w| w > 0).fold(0, |a, b| {
                let (mut a, mut b) = (a, b);
                while b != 0 {
                    (a, b) = (b, a % b);
                }
                a
            });
            self.step = divisor.max(1);
            self.top = weights.max().unwrap_or(0).max(0) - (self.step - 1);
            self.last = None;
            if self.level > self.top || self.level == 0 {
                self.level = self.top;
            } else if self.step > 1 {
                self.level = self.level / self.step * self.step + 1;
            }
        }

        fn pick(&mut self) -> Option<usize> {
            if self.top == 0 {
                return None;
            }
            let last = self.last;
            let (mut last_pass, mut restarted, mut stop) = (false, false, None);
            let mut from = last.map_or(0, |last| last + 1);
            loop {
                for (index, load) in self.list.iter().enumerate().skip(from) {
                    if !load.overloaded && load.weight >= self.level {
                        self.last = Some(index);
                        return Some(index);
                    }
                    if stop == Some(index) {
                        self.last = stop;
                        return None;
                    }
                }
                from = 0;
                self.level -= self.step;
                if self.level <= 0 {
                    self.level = self.top;
                    if last_pass || last.is_none() {
                        self.last = None;
                        return None;
                    }
                    restarted = true;
                }
                last_pass = self.level <= self.step;
                if last_pass && restarted && last.is_some() {
                    stop = last;
                }
            }
        }
    }

    struct Ours {
        tree: Vec<Weights>,
        used: usize,
        mark: Mark,
    }

    impl Ours {
        fn new(list: &[Load]) -> Self {
            let mut ours = Self {
                tree: vec![Weights::EMPTY; tree::nodes(list.len())],
                used: list.len(),
                mark: Mark::new(&sum_up(list)),
            };
            ours.set(list);
            ours
        }

        fn set(&mut self, list: &[Load]) {
            for (index, load) in list.iter().enumerate() {
                tree::set(&mut self.tree, list.len() - 1 - index, Weights::of(load));
            }
        }

        fn pick(&mut self) -> Option<usize> {
            let tree = &self.tree;
            let slot = self.mark.pick(
                self.used,
                |end, level| tree::last_before(tree, end, |node| node.usable as i32 >= level),
                || tree::root(tree).usable as i32,
            );
            slot.map(|slot| self.used - 1 - slot)
        }
    }

    fn load(weight: i32) -> Load {
        Load::new(weight, 0, 0)
    }

    fn random(state: &mut u32, below: u32) -> u32 {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (*state >> 8) % below
    }

    #[test]
    fn a_round() {
        let mut ours = Ours::new(&[load(4), load(3), load(2)]);
        let picks: Vec<_> = (0..9).map(|_| ours.pick().unwrap()).collect();

        assert_eq!(picks, [0, 0, 1, 0, 1, 2, 0, 1, 2]);
    }

    #[test]
    fn is_the_walk_of_c() {
        let mut state = 3;
        for _ in 0..400 {
            let len = random(&mut state, 9) as usize;
            let scale = [1, 1, 2, 7, 100][random(&mut state, 5) as usize];
            let weight = |state: &mut u32| (random(state, 6) * scale) as i32;
            let list: Vec<_> = (0..len).map(|_| load(weight(&mut state))).collect();
            let mut model = Model::new(list);
            let mut ours = Ours::new(&model.list);
            for _ in 0..300 {
                if len > 0 {
                    let index = random(&mut state, len as u32) as usize;
                    match random(&mut state, 40) {
                        0 => {
                            model.list[index].weight = weight(&mut state);
                            model.changed();
                            ours.set(&model.list);
                            ours.mark.change(&sum_up(&model.list));
                        }
                        // Overload is no event for the scheduler.
                        1..=4 => {
                            model.list[index].overloaded ^= true;
                            ours.set(&model.list);
                        }
                        _ => (),
                    }
                }
                assert_eq!(ours.pick(), model.pick());
                assert_eq!(ours.mark.level, model.level);
                assert_eq!(ours.mark.cursor, model.last.map_or(0, |index| len - index));
            }
        }
    }

    #[test]
    fn many_levels_take_no_time() {
        let mut list = [load(i32::MAX), load(2), load(1)];
        list[0].overloaded = true;
        let mut ours = Ours::new(&list);
        let picks: Vec<_> = (0..6).map(|_| ours.pick()).collect();

        assert_eq!(
            picks,
            [Some(1), Some(1), Some(2), Some(1), Some(1), Some(2)]
        );
        list[1].weight = 0;
        list[2].overloaded = true;
        assert_eq!(Ours::new(&list).pick(), None);
    }

    #[test]
    fn a_round_has_as_many_turns_as_the_weights_say() {
        let weights = [12, 3, 9, 0, 30];
        let list: Vec<_> = weights.map(load).to_vec();
        let mut ours = Ours::new(&list);
        let mut turns = [0; 5];
        for _ in 0..(12 + 3 + 9 + 30) / 3 {
            turns[ours.pick().unwrap()] += 3;
        }

        assert_eq!(turns, weights);
    }
}
