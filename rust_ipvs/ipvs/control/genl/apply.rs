// SPDX-License-Identifier: GPL-2.0

//! The request for many changes, all or none: `ipvs_core::uapi::apply`.

use super::{
    super::{
        super::netns::Netns,
        apply::{
            blame,
            Unapplied, //
        },
        check_family,
    },
    Out,
};
use core::num::NonZeroU32;
use ipvs_core::uapi::{
    apply::{
        blamed,
        changes,
        read_generation,
        Change,
        GENERATION, //
    },
    cmd::Command,
    error::Place,
    nla::Sink, //
};
use kernel::prelude::*;
use linux_ext::net::{
    genetlink::{
        Do,
        Info, //
    },
    Net,
};

/// Makes the changes, and answers with the number of the state that the table is in then.
pub(super) struct Apply;

impl Do for Apply {
    type Data = Netns;

    fn doit(ns: &Netns, net: &Net, info: &mut Info<'_>) -> Result {
        match apply(ns, net, info.request()) {
            Ok(generation) => {
                // Without memory for it the sender has to do with the acknowledgment: it is done.
                let _ = info.reply(Command::Apply as u8, |message| {
                    Out(message).put(GENERATION, &generation.get().to_ne_bytes())
                });
                Ok(())
            }
            Err(unapplied) => {
                tell(info, &unapplied);
                Err(unapplied.refusal.error())
            }
        }
    }
}

fn apply(ns: &Netns, net: &Net, request: &[u8]) -> core::result::Result<NonZeroU32, Unapplied> {
    let generation = read_generation(request)?;
    let count = changes(request).fold(0_usize, |count, _| count.saturating_add(1));
    let mut all = KVVec::with_capacity(count, GFP_KERNEL).map_err(Error::from)?;
    let mut before = None;
    let mut index = 0_u32;
    for nest in changes(request) {
        let change = Change::parse(index, nest, before).map_err(blame(index))?;
        check_family(change.service.family).map_err(blame(index))?;
        if let Some(dest) = change.dest {
            check_family(dest.addr.family()).map_err(blame(index))?;
        }
        before = Some(change.service);
        // There is room for all.
        let _ = all.push_within_capacity(change);
        index = index.wrapping_add(1);
    }
    ns.apply(net, &mut all, generation)
}

/// Tells the sender what was wrong, and where.
fn tell(info: &mut Info<'_>, unapplied: &Unapplied) {
    let refusal = &unapplied.refusal;
    let Some(index) = unapplied.change else {
        if let Some(message) = refusal.message() {
            info.set_message(message);
        }
        if let Some(Place::Of(kind)) = refusal.place() {
            info.set_bad(kind, None);
        }
        return;
    };
    let words = refusal.message().and_then(|message| message.to_str().ok());
    let words = words.unwrap_or("no memory");
    info.set_text(format_args!("change {index}: {words}"));
    let Some(place) = refusal.place() else {
        return;
    };
    let start = blamed(info.request(), index, place);
    match (place, start) {
        (Place::Missing(kind), Some(start)) => info.set_missing_in(kind, start),
        (_, Some(start)) => info.set_bad_at(start),
        (_, None) => (),
    }
}
