// SPDX-License-Identifier: GPL-2.0

//! Going through a table in process context.

use kernel::sync::rcu;
use linux_ext::{
    sync::{
        rcu::Reader,
        rcu_table::{
            Hashed,
            Position,
            Table, //
        },
    },
    task,
};

/// Calls `f` with the items from `position` on up to the hash `end`.
///
/// # Context
///
/// May sleep.
pub(super) fn sweep<T: Hashed<N>, const N: usize, const LOCKS: usize>(
    table: &Table<T, N, LOCKS>,
    mut position: Position,
    end: usize,
    f: impl Fn(&T),
) {
    /// Items between two chances for others to run.
    const BATCH: usize = 256;
    let mut batch = || {
        let guard = rcu::read_lock();
        let reader = Reader::from(&guard);
        for _ in 0..BATCH {
            let Some(item) = table.next(&mut position, reader) else {
                return false;
            };
            let [hash, _] = position.into_raw();
            if hash >= end {
                return false;
            }
            f(&item);
        }
        true
    };
    while batch() {
        task::cond_resched();
    }
}
