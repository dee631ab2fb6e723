// SPDX-License-Identifier: GPL-2.0

//! Where destinations are in a list that readers walk while it changes.
//!
//! The list has slots. A new destination takes the next slot, one that is removed leaves its slot
//! empty, and nothing else moves. Schedulers see the highest slot first: the newest destination.
//! When no slot is left, or too many are empty, what is left is copied into a new list; the copies
//! are paid for by the changes before them, so that each change costs the same on average, however
//! many destinations there are.
//!
//! A cursor is one more than the slot of the destination that was chosen last, or 0 if there is
//! none, which means that the newest is next.

/// Fewest slots of a list that has any.
const FEWEST: usize = 4;

/// How many slots a new list for `live` destinations has.
pub const fn capacity(live: usize) -> usize {
    let twice = live.saturating_mul(2);

    if twice > FEWEST {
        twice
    } else {
        FEWEST
    }
}

/// Whether a list of which `used` slots were taken and `live` are not empty should be copied, so that
/// readers do not pass over empty slots for long.
pub const fn is_sparse(used: usize, live: usize) -> bool {
    used.saturating_sub(live) > capacity(live)
}

/// Up to so many destinations are copied as soon as it serves a purpose.
const FEW: usize = 1024;

/// A destination that comes or goes costs as much as copies of so many that stay.
const COPIES: usize = 64;

/// Whether a list of `live` destinations should be copied so that readers see so many changes of it at
/// once: if there are several, and the copies cost little or not much more than the changes.
pub const fn is_worth_copying(live: usize, changes: usize) -> bool {
    changes > 1 && (live <= FEW || live <= changes.saturating_mul(COPIES))
}

/// The cursor after the removal of what is in `slot`: it goes to the next newer destination, so that
/// the next older one is next.
///
/// `occupied` says which slots are not empty, that one no longer among them, and `used` how many were
/// taken.
pub fn without(cursor: usize, slot: usize, used: usize, occupied: impl Fn(usize) -> bool) -> usize {
    if cursor != slot.wrapping_add(1) {
        return cursor;
    }

    (cursor..used)
        .find(|&slot| occupied(slot))
        .map_or(0, |slot| slot.wrapping_add(1))
}

/// The cursor in a copy that has no empty slots.
pub fn copied(cursor: usize, used: usize, occupied: impl Fn(usize) -> bool) -> usize {
    let Some(last) = cursor.checked_sub(1) else {
        return 0;
    };
    // Another CPU may have chosen what was just removed.
    let has_newer = (last..used).any(&occupied);
    let older = (0..last.min(used)).fold(0_usize, |count, slot| match occupied(slot) {
        true => count.wrapping_add(1),
        false => count,
    });

    match has_newer {
        true => older.wrapping_add(1),
        false => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    /// The list that schedulers see, and the cursor in it, as C has them.
    #[derive(Clone, Debug, Default)]
    struct Model {
        /// The newest first.
        list: Vec<u32>,
        last: Option<u32>,
    }

    impl Model {
        fn next(&self) -> Option<u32> {
            let start = match self.last {
                Some(last) => 1 + self.list.iter().position(|&id| id == last).unwrap(),
                None => 0,
            };
            self.list.iter().cycle().nth(start).copied()
        }

        fn remove(&mut self, index: usize) {
            let id = self.list.remove(index);
            if self.last == Some(id) {
                self.last = index.checked_sub(1).map(|newer| self.list[newer]);
            }
        }
    }

    #[derive(Clone, Debug, Default)]
    struct Slots {
        slots: Vec<Option<u32>>,
        capacity: usize,
        cursor: usize,
        copies: usize,
    }

    impl Slots {
        fn live(&self) -> usize {
            self.slots.iter().flatten().count()
        }

        fn occupied(&self) -> impl Fn(usize) -> bool + '_ {
            |slot| self.slots[slot].is_some()
        }

        fn next(&self) -> Option<u32> {
            let used = self.slots.len();
            let older = (0..self.cursor.saturating_sub(1)).rev();
            older
                .chain((0..used).rev())
                .find_map(|slot| self.slots[slot])
        }

        fn choose(&mut self) -> Option<u32> {
            let next = self.next()?;
            self.cursor = 1 + self.slots.iter().position(|&id| id == Some(next)).unwrap();
            Some(next)
        }

        fn copy(&mut self, live: usize) {
            self.cursor = copied(self.cursor, self.slots.len(), self.occupied());
            self.copies += self.slots.len();
            self.slots.retain(Option::is_some);
            self.capacity = capacity(live);
        }

        fn push(&mut self, id: u32) {
            if self.slots.len() == self.capacity {
                self.copy(self.live() + 1);
            }
            self.slots.push(Some(id));
            assert!(self.slots.len() <= self.capacity);
        }

        fn remove(&mut self, id: u32) {
            let slot = self.slots.iter().position(|&other| other == Some(id));
            let slot = slot.unwrap();
            self.slots[slot] = None;
            self.cursor = without(self.cursor, slot, self.slots.len(), self.occupied());
            if is_sparse(self.slots.len(), self.live()) {
                self.copy(self.live());
            }
        }
    }

    #[test]
    fn the_order_is_that_of_a_list() {
        let mut random = 12345u32;
        let mut random = move |below: u32| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 8) % below
        };
        for round in 0..200 {
            let (mut slots, mut model) = (Slots::default(), Model::default());
            for id in 0..300 {
                match random(8) {
                    0..=2 => {
                        slots.push(id);
                        model.list.insert(0, id);
                    }
                    3..=4 if !model.list.is_empty() => {
                        // Often the one chosen last, or the newest.
                        let index = match (random(3), model.last) {
                            (0, Some(last)) => {
                                model.list.iter().position(|&id| id == last).unwrap()
                            }
                            (1, _) => 0,
                            _ => random(model.list.len() as u32) as usize,
                        };
                        slots.remove(model.list[index]);
                        model.remove(index);
                    }
                    _ => {
                        let next = model.next();
                        model.last = next.or(model.last);
                        assert_eq!(slots.choose(), next, "round {round}, step {id}");
                    }
                }
                let list: Vec<u32> = slots.slots.iter().rev().flatten().copied().collect();
                assert_eq!(list, model.list);
                assert_eq!(slots.next(), model.next(), "round {round}, step {id}");
            }
        }
    }

    #[test]
    fn changes_cost_the_same_on_average() {
        let mut slots = Slots::default();
        for id in 0..2000 {
            slots.push(id);
        }
        assert!(slots.copies <= 2 * 2000, "{}", slots.copies);

        slots.copies = 0;
        for id in 0..2000 {
            slots.remove(id);
            slots.push(id + 2000);
        }
        assert!(slots.copies <= 3 * 4000, "{}", slots.copies);

        slots.copies = 0;
        for id in 2000..4000 {
            slots.remove(id);
        }
        assert!(slots.copies <= 4 * 2000, "{}", slots.copies);
        assert_eq!(slots.live(), 0);
    }

    #[test]
    fn few_slots_are_empty() {
        assert!(!is_sparse(0, 0));
        assert!(!is_sparse(4, 0));
        assert!(is_sparse(5, 0));
        assert!(!is_sparse(3000, 1000));
        assert!(is_sparse(3001, 1000));
        assert!(!is_sparse(usize::MAX, usize::MAX));
        assert_eq!(capacity(usize::MAX), usize::MAX);
    }

    #[test]
    fn several_changes_at_once() {
        assert!(!is_worth_copying(0, 0));
        assert!(!is_worth_copying(10, 1));
        assert!(is_worth_copying(10, 2));
        assert!(is_worth_copying(1024, 2));
        assert!(!is_worth_copying(1025, 2));
        assert!(is_worth_copying(64_000, 1000));
        assert!(!is_worth_copying(64_001, 1000));
        assert!(is_worth_copying(usize::MAX, usize::MAX));
    }

    #[test]
    fn a_cursor_at_an_empty_slot_is_at_the_newer_neighbour() {
        let occupied = |slot: usize| [true, false, false, true].get(slot) == Some(&true);

        assert_eq!(copied(0, 4, occupied), 0);
        assert_eq!(copied(1, 4, occupied), 1);
        assert_eq!(copied(2, 4, occupied), 2);
        assert_eq!(copied(3, 4, occupied), 2);
        assert_eq!(copied(4, 4, occupied), 2);
        assert_eq!(copied(5, 4, occupied), 0);
        assert_eq!(copied(3, 3, occupied), 0);
    }
}
