// SPDX-License-Identifier: GPL-2.0

//! `/proc/net/ip_vs_status`: how full the tables are.

use super::super::super::{
    netns::Netns,
    resizing::Shape, //
};
use ipvs_core::show::status::{
    Table,
    Threads, //
};
use kernel::prelude::*;
use linux_ext::{
    proc::{
        Output,
        Text, //
    },
    task::cond_resched,
};

/// The file.
pub(super) struct Status;

impl Text for Status {
    type Data = Netns;

    fn show(ns: &Netns, out: &mut Output<'_>) -> Result {
        let tables = ns.tables();
        let conns = tables.map(|tables| tables.conns.shape(cond_resched));
        out.write(table("Conn", conns).lines().as_bytes());
        // C frees this table when there is no service.
        let services = tables
            .filter(|tables| tables.services.len() != 0)
            .map(|tables| tables.services.shape(cond_resched));
        out.write(table("Service", services).lines().as_bytes());
        // Rates are computed by those who ask.
        let threads = Threads {
            running: 0,
            max: 0,
            chain: 0,
        };
        out.write(threads.lines().as_bytes());
        Ok(())
    }
}

fn table(name: &'static str, shape: Option<Shape>) -> Table<'static> {
    let Some(shape) = shape else {
        return Table {
            name,
            entries: 0,
            bits: None,
            lfactor: 0,
            lengths: None,
        };
    };
    Table {
        name,
        entries: shape.items as u32,
        bits: Some(shape.bits),
        lfactor: shape.load_factor,
        lengths: shape.lengths,
    }
}
