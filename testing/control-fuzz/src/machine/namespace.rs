// SPDX-License-Identifier: GPL-2.0

//! Network namespaces, of threads.

use std::fs::File;
use std::io;
use std::thread;

use nix::sched::{setns, unshare, CloneFlags};

use super::route;
use crate::request::{DEST_ADDRS, DEST_PREFIX6, SERVICE_ADDRS, SERVICE_PREFIX6};

/// A network namespace, which stays as long as this does.
#[derive(Debug)]
pub struct Namespace(File);

impl Namespace {
    /// A new one, with interfaces and addresses.
    pub fn new() -> io::Result<Self> {
        thread::spawn(|| {
            leave()?;
            furnish()?;
            File::open("/proc/thread-self/ns/net").map(Self)
        })
        .join()
        .map_err(|_| io::Error::other("the thread has died"))?
    }

    /// Takes the thread into it.
    pub fn enter(&self) -> io::Result<()> {
        Ok(setns(&self.0, CloneFlags::CLONE_NEWNET)?)
    }
}

/// Takes the thread into a new namespace, which goes when the thread leaves it and its sockets.
pub fn leave() -> io::Result<()> {
    Ok(unshare(CloneFlags::CLONE_NEWNET)?)
}

/// Gives the thread's namespace the addresses of all services and of some servers.
pub fn furnish() -> io::Result<()> {
    route::up(route::LO)?;
    route::add_dummy()?;
    route::up(route::DUMMY)?;
    for address in SERVICE_ADDRS {
        route::add_address(route::LO, &address, 32)?;
    }
    route::add_address(route::LO, &DEST_ADDRS[0], 32)?;
    let [a, b, c, _] = DEST_ADDRS[1];
    route::add_address(route::DUMMY, &[a, b, c, 254], 24)?;
    for (index, prefix) in [(route::LO, SERVICE_PREFIX6), (route::DUMMY, DEST_PREFIX6)] {
        let last = [if index == route::LO { 1 } else { 0xfe }];
        route::add_address(index, &[&prefix[..], &last].concat(), 64)?;
    }
    Ok(())
}
