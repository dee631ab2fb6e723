// SPDX-License-Identifier: GPL-2.0

//! Going through connections on behalf of an administrator, and ending them.

use super::super::conn::{
    AnyConn,
    ConnPlace,
    Conns,
    Farewell, //
};
use ipvs_core::uapi::conn::{
    ConnFilter,
    Progress, //
};
use kernel::{
    prelude::*,
    sync::rcu, //
};
use linux_ext::{
    sync::rcu::Reader,
    task, //
};

/// Connections between two chances for others to run.
const BATCH: usize = 256;

/// So many connections one request looks at.
const LOOKED_MAX: u32 = 16384;
/// So many connections one request ends, which may take two packets for each.
const ENDED_MAX: u32 = 1024;

/// What becomes of a walk after a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// It goes on.
    On,
    /// It ends here; the next one begins behind this connection.
    Behind,
    /// It ends here; the next one begins with this connection.
    Before,
}

/// Calls `f` with the connections and templates behind `place`, which moves along, until it says to
/// stop. Returns whether there were no more.
///
/// # Context
///
/// May sleep, but `f` must not.
pub(super) fn walk(
    conns: &Conns,
    place: &mut ConnPlace,
    mut f: impl FnMut(AnyConn<'_>) -> Step,
) -> bool {
    let mut batch = || {
        let guard = rcu::read_lock();
        let reader = Reader::from(&guard);
        for _ in 0..BATCH {
            let mut next = *place;
            let Some(conn) = conns.next(&mut next, reader) else {
                return Some(true);
            };
            let step = f(conn);
            if step != Step::Before {
                *place = next;
            }
            if step != Step::On {
                return Some(false);
            }
        }
        None
    };
    loop {
        if let Some(is_end) = batch() {
            return is_end;
        }
        task::cond_resched();
    }
}

/// Ends connections that `filter` selects, from where an answer before said, until there have been
/// enough for one request.
///
/// # Context
///
/// May sleep. `ENOMEM` is the only error: there is no memory to tell the ends of the first one, which
/// stays.
pub(super) fn end_some(conns: &Conns, filter: &ConnFilter, cookie: u64) -> Result<Progress> {
    let farewell = match filter.resets() {
        true => Farewell::Reset,
        false => Farewell::Silent,
    };
    let mut progress = Progress::default();
    let mut place = ConnPlace::from_cookie(cookie);
    let mut result = Ok(());
    let is_end = walk(conns, &mut place, |conn| {
        progress.looked = progress.looked.wrapping_add(1);
        if filter.selects(&conn.view(), || conn.traffic()) {
            let is_told = farewell == Farewell::Reset && conn.is_resettable();
            match conn.end(farewell) {
                Ok(ended) => {
                    progress.ended = progress.ended.wrapping_add(ended.into());
                    progress.reset = progress.reset.wrapping_add((ended && is_told).into());
                }
                Err(error) => {
                    result = Err(error);
                    return Step::Before;
                }
            }
        }
        match progress.looked < LOOKED_MAX && progress.ended < ENDED_MAX {
            true => Step::On,
            false => Step::Behind,
        }
    });
    if progress.ended == 0 {
        result?;
    }
    progress.cookie = (!is_end).then(|| place.into_cookie());
    Ok(progress)
}
