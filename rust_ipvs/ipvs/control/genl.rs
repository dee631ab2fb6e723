// SPDX-License-Identifier: GPL-2.0

//! The generic netlink family: which command is answered by what.
//!
//! Bytes are read and written in `ipvs_core::uapi`.

mod apply;
mod conn;
mod dump;
mod explain;
mod feedback;
mod listing;
mod reasons;
mod request;
mod totals;
mod verb;

use super::super::netns::Netns;
use ipvs_core::uapi::{
    cmd::Command,
    event::GROUP,
    nla::Sink,
    GENL_NAME,
    GENL_VERSION, //
};
use kernel::prelude::*;
use linux_ext::net::genetlink::{
    Family,
    Group,
    Message,
    Nest,
    Op,
    Policy,
    ADMIN_PERM, //
};
use verb::Answer;

/// The family.
pub(crate) const FAMILY: Family<Netns> = Family {
    name: GENL_NAME,
    version: GENL_VERSION,
    policy: &POLICY,
    ops: OPS,
    groups: &[Group::new(GROUP)],
};

/// The number of the group [`GROUP`].
pub(crate) const EVENTS: u32 = 0;

/// By number of the attribute.
static POLICY: [Policy; 7] = [
    Policy::ANY,
    Policy::NESTED,
    Policy::NESTED,
    Policy::NESTED,
    Policy::U32,
    Policy::U32,
    Policy::U32,
];

const fn op(command: Command) -> Op<Netns> {
    Op::new(command as u8, ADMIN_PERM)
}

static OPS: &[Op<Netns>] = &[
    op(Command::NewService).with_do::<Answer<verb::NewService>>(),
    op(Command::SetService).with_do::<Answer<verb::SetService>>(),
    op(Command::DelService).with_do::<Answer<verb::DelService>>(),
    op(Command::GetService)
        .with_do::<Answer<verb::GetService>>()
        .with_dump::<dump::Services>(),
    op(Command::NewDest).with_do::<Answer<verb::NewDest>>(),
    op(Command::SetDest).with_do::<Answer<verb::SetDest>>(),
    op(Command::DelDest).with_do::<Answer<verb::DelDest>>(),
    op(Command::GetDest).with_dump::<dump::Dests>(),
    op(Command::NewDaemon).with_do::<Answer<verb::NewDaemon>>(),
    op(Command::DelDaemon).with_do::<Answer<verb::DelDaemon>>(),
    op(Command::GetDaemon).with_dump::<dump::Daemons>(),
    op(Command::SetConfig).with_do::<Answer<verb::SetConfig>>(),
    op(Command::GetConfig).with_do::<Answer<verb::GetConfig>>(),
    op(Command::GetInfo).with_do::<Answer<verb::GetInfo>>(),
    op(Command::Zero).with_do::<Answer<verb::Zero>>(),
    op(Command::Flush).with_do::<Answer<verb::Flush>>(),
    op(Command::Drain).with_do::<Answer<verb::Drain>>(),
    op(Command::GetConn).with_dump::<conn::Conns>(),
    op(Command::DelConn).with_do::<Answer<conn::DelConn>>(),
    op(Command::Feedback).with_do::<Answer<feedback::Feedback>>(),
    op(Command::Explain)
        .with_do::<Answer<explain::Explain>>()
        .with_dump::<explain::Candidates>(),
    op(Command::GetReasons).with_dump::<reasons::Reasons>(),
    op(Command::Apply).with_do::<apply::Apply>(),
    op(Command::GetTotals).with_dump::<totals::Totals>(),
];

/// A [`Message`] as `ipvs_core` writes to it.
pub(crate) struct Out<'a, 'b>(pub(crate) &'a mut Message<'b>);

impl Sink for Out<'_, '_> {
    type Error = Error;
    type Nest = Nest;

    // So that what is known of `data` is known in `Message::put`, too.
    #[inline(always)]
    fn put(&mut self, kind: u16, data: &[u8]) -> Result {
        self.0.put(kind, data)
    }

    #[inline(always)]
    fn begin_nest(&mut self, kind: u16) -> Result<Nest> {
        // On error the whole message is taken back.
        self.0.begin_nest(kind)
    }

    #[inline(always)]
    fn end_nest(&mut self, nest: Nest) -> Result {
        self.0.end_nest(nest)
    }
}
