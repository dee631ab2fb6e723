// SPDX-License-Identifier: GPL-2.0

//! Locality-based least connections with replication: one of the servers that packets to the same
//! address went to; if that is too much for it, `wlc` finds another one, which joins them.

use super::{
    least,
    wlc,
    Server, //
};

/// Of the servers that are remembered the one to be chosen; each comes with whether the service
/// still has it.
#[inline]
pub fn least<T, S: Server>(list: impl Iterator<Item = (T, S, bool)>) -> Option<T> {
    let available = list.filter_map(|(item, server, has)| has.then_some((item, server)));
    least::pick(available, wlc::cost)
}

/// The one to be forgotten, if there are too many for too long: the highest overhead per weight, of
/// equals the first.
pub fn most<T, S: Server>(list: impl Iterator<Item = (T, S)>) -> Option<T> {
    let mut most: Option<(T, least::Cost)> = None;
    for (item, server) in list {
        let Some(cost) = least::Cost::new(server.overhead(), server.weight()) else {
            continue;
        };
        if most.as_ref().is_none_or(|(_, most)| most.is_less(cost)) {
            most = Some((item, cost));
        }
    }
    most.map(|(item, _)| item)
}

#[cfg(test)]
mod tests {
    use super::super::Load;
    use super::*;

    fn load(weight: i32, total: u32) -> Load {
        Load::new(weight, 0, total)
    }

    #[test]
    fn chosen() {
        let set = [load(1, 9), load(1, 3), load(2, 6), load(0, 0)];
        let pick = |has: [bool; 4]| {
            let list = set.iter().copied().enumerate().zip(has);
            least(list.map(|((index, load), has)| (index, load, has)))
        };

        assert_eq!(pick([true; 4]), Some(1));
        assert_eq!(pick([true, false, true, true]), Some(2));
        assert_eq!(pick([false, false, false, true]), None);
    }

    #[test]
    fn forgotten() {
        let pick = |set: &[Load]| most(set.iter().copied().enumerate());
        let mut set = [load(0, 99), load(1, 9), load(1, 3), load(2, 18)];

        assert_eq!(pick(&set), Some(1));
        set[3].overloaded = true;
        set[3].total = 19;
        assert_eq!(pick(&set), Some(3));
        assert_eq!(pick(&set[..1]), None);
    }
}
