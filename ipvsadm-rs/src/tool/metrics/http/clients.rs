// SPDX-License-Identifier: GPL-2.0
//! Who is connected. There are never more than so many: a new one takes the place of one that asks
//! for nothing.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::task::AbortHandle;

/// Those who are connected.
#[derive(Clone, Default)]
pub struct Clients(Arc<Mutex<Table>>);

#[derive(Default)]
struct Table {
    /// By number, so that the oldest is first.
    clients: BTreeMap<u64, Client>,
    next: u64,
}

struct Client {
    task: AbortHandle,
    has_asked: bool,
}

/// The place of a client, which is free when this is dropped.
pub struct Place {
    clients: Clients,
    number: u64,
}

impl Clients {
    /// Lets a client in, whose task `serve` makes for its place; of `most` or more another one goes.
    pub fn admit<F>(&self, most: usize, serve: impl FnOnce(Place) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut table = self.lock();
        let gone = match table.clients.len() {
            count if count >= most => table.remove_one(),
            _ => None,
        };
        let number = table.next;
        table.next += 1;
        let place = Place {
            clients: self.clone(),
            number,
        };
        // It comes to its place in the table only when that is unlocked.
        let task = tokio::spawn(serve(place)).abort_handle();
        let has_asked = false;
        table.clients.insert(number, Client { task, has_asked });
        drop(table);
        if let Some(gone) = gone {
            gone.task.abort();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// The oldest of those who ask for nothing, or else of all.
    fn remove_one(&mut self) -> Option<Client> {
        let idle = self.clients.iter().find(|(_, client)| !client.has_asked);
        let (&number, _) = idle.or_else(|| self.clients.first_key_value())?;
        self.clients.remove(&number)
    }
}

impl Place {
    /// The client has asked for something.
    pub fn has_asked(&self) {
        if let Some(client) = self.clients.lock().clients.get_mut(&self.number) {
            client.has_asked = true;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.clients.lock().clients.remove(&self.number);
    }
}
