// SPDX-License-Identifier: GPL-2.0

//! Connections by netlink, listed and ended: `ipvs_core::uapi::conn`.

use super::{
    super::{
        super::{
            conn::ConnPlace,
            netns::Netns, //
        },
        conns::{
            end_some,
            walk,
            Step, //
        },
        Result, //
    },
    verb::Verb,
    Out,
};
use ipvs_core::uapi::{
    cmd::Command,
    conn::{
        emit_conn,
        emit_progress,
        ConnFilter,
        Progress, //
    },
};
use kernel::prelude::Error;
use linux_ext::net::{
    genetlink::{
        Cursor,
        Dump,
        DumpBuffer,
        Info, //
    },
    Net,
};

/// The connections that a filter selects.
pub(super) struct Conns;

impl Dump for Conns {
    type Data = Netns;

    fn dumpit(
        ns: &Netns,
        cursor: &mut Cursor,
        out: &mut DumpBuffer<'_>,
    ) -> core::result::Result<(), Error> {
        let (filter, _) = ConnFilter::read(out.request()).map_err(|error| {
            out.set_message(error.message());
            Error::from_errno(error.errno().wrapping_neg())
        })?;
        let Some(tables) = ns.tables() else {
            return Ok(());
        };
        let Cursor([part, hash, addr, ..]) = *cursor;
        let mut place = ConnPlace::from_raw([part, hash, addr]);
        let mut written = Ok(());
        walk(&tables.conns, &mut place, |conn| {
            let view = conn.view();
            if !filter.selects(&view, || conn.traffic()) {
                return Step::On;
            }
            written = out.message(Command::GetConn as u8, |message| {
                emit_conn(&mut Out(message), &view, &conn.traffic())
            });
            match written {
                Ok(()) => Step::On,
                // It is wanted again.
                Err(_) => Step::Before,
            }
        });
        let [part, hash, addr] = place.into_raw();
        *cursor = Cursor([part, hash, addr, 0, 0]);
        written
    }
}

/// Ends connections that a filter selects, as many as one request may.
pub(super) struct DelConn;

impl Verb for DelConn {
    fn act(ns: &Netns, _net: &Net, info: &mut Info<'_>) -> Result {
        let (filter, cookie) = ConnFilter::read(info.request())?;
        filter.must_select()?;
        let progress = match ns.tables() {
            Some(tables) => end_some(&tables.conns, &filter, cookie)?,
            None => Progress::default(),
        };
        Ok(info.reply(Command::DelConn as u8, |message| {
            emit_progress(&mut Out(message), &progress)
        })?)
    }
}
