// SPDX-License-Identifier: GPL-2.0

//! Who listens is told what happens to services and destinations: `ipvs_core::uapi::event`.

use super::{
    control::{
        genl::{
            Out,
            EVENTS, //
        },
        Changes,
    },
    netns::Netns,
    service::{
        dest::Dest,
        Service, //
    },
};
use core::num::NonZeroU32;
use ipvs_core::uapi::{
    cmd::Command,
    dest::emit_dest_brief,
    event::{
        emit_event,
        Head,
        Kind, //
    },
    service::{
        emit_service_brief,
        emit_service_key, //
    },
};
use kernel::{
    new_mutex,
    prelude::*,
    sync::{
        atomic::Full,
        barrier::smp_mb,
        rcu,
        Arc,
        Mutex, //
    },
};
use linux_ext::{
    net::{
        genetlink::{
            DumpBuffer,
            Sender, //
        },
        namespace::Handle, //
    },
    sync::rcu::Reader,
    time::real_nanos, //
};

/// Something that has happened.
#[derive(Clone, Copy)]
pub(crate) enum Event<'a> {
    ServiceAdded(&'a Service),
    ServiceChanged(&'a Service),
    ServiceRemoved(&'a Service),
    Flushed,
    DestAdded(&'a Dest),
    DestChanged(&'a Dest),
    DestRemoved(&'a Dest),
    DestDrained(&'a Dest),
}

impl Event<'_> {
    fn kind(&self) -> Kind {
        match self {
            Self::ServiceAdded(_) => Kind::ServiceAdded,
            Self::ServiceChanged(_) => Kind::ServiceChanged,
            Self::ServiceRemoved(_) => Kind::ServiceRemoved,
            Self::Flushed => Kind::Flushed,
            Self::DestAdded(_) => Kind::DestAdded,
            Self::DestChanged(_) => Kind::DestChanged,
            Self::DestRemoved(_) => Kind::DestRemoved,
            Self::DestDrained(_) => Kind::DestDrained,
        }
    }

    /// Writes the message but for its headers.
    fn emit(&self, out: &mut Out<'_, '_>, head: &Head) -> Result {
        emit_event(out, head)?;
        match self {
            Self::ServiceAdded(service)
            | Self::ServiceChanged(service)
            | Self::ServiceRemoved(service) => emit_service(out, service),
            Self::Flushed => Ok(()),
            Self::DestAdded(dest)
            | Self::DestChanged(dest)
            | Self::DestRemoved(dest)
            | Self::DestDrained(dest) => emit_dest(out, dest),
        }
    }
}

fn emit_service(out: &mut Out<'_, '_>, service: &Service) -> Result {
    let guard = rcu::read_lock();
    service.brief_view(Reader::from(&guard), |view| emit_service_brief(out, view))
}

fn emit_dest(out: &mut Out<'_, '_>, dest: &Dest) -> Result {
    emit_service_key(out, &dest.service())?;
    emit_dest_brief(out, &dest.brief_view())
}

/// What the messages of a namespace count.
#[derive(Clone, Copy, Default)]
struct Numbers {
    /// The number of the last one.
    seq: u64,
    /// How many could not be sent.
    lost: u64,
}

impl Numbers {
    fn head(&self, kind: Kind, change: Option<NonZeroU32>) -> Head {
        Head {
            kind,
            seq: self.seq,
            time: real_nanos(),
            lost: self.lost,
            change: change.map(NonZeroU32::get),
        }
    }
}

/// The events of a namespace.
#[pin_data]
pub(crate) struct Events {
    sender: Sender<Netns>,
    /// Held while a message is sent, so that they are received in the order of their numbers.
    #[pin]
    numbers: Mutex<Numbers>,
}

impl Events {
    /// Those of the namespace of `handle`.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn new(handle: Arc<Handle>) -> Result<Arc<Self>> {
        Arc::pin_init(
            pin_init!(Self {
                sender: Sender::new(handle),
                numbers <- new_mutex!(Numbers::default(), "Events::numbers"),
            }),
            GFP_KERNEL,
        )
    }

    /// Tells who listens of something that has happened. If nobody does, this costs next to nothing.
    /// `change` is the number of the change of services and destinations, if it is one.
    ///
    /// Without memory the event is lost, which the next one tells of.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn tell(&self, event: Event<'_>, change: Option<NonZeroU32>) {
        // Who begins to listen later lists later what there is, and that has the change in it.
        smp_mb(Full);
        if self.sender.is_heard(EVENTS) {
            self.send(event, change);
        }
    }

    /// Says which events are older than what a dump is about to show.
    pub(crate) fn put_state(&self, changes: &Changes, out: &mut DumpBuffer<'_>) -> Result {
        // What has a number has happened.
        let head = {
            let numbers = self.numbers.lock();
            numbers.head(Kind::State, Some(changes.last()))
        };
        // And what nobody was told of has happened before the walk begins, as in `tell`.
        smp_mb(Full);
        out.message(Command::Event as u8, |message| {
            emit_event(&mut Out(message), &head)
        })
    }

    fn send(&self, event: Event<'_>, change: Option<NonZeroU32>) {
        let mut numbers = self.numbers.lock();
        numbers.seq = numbers.seq.wrapping_add(1);
        let head = numbers.head(event.kind(), change);
        let sent = self.sender.send(EVENTS, Command::Event as u8, |message| {
            event.emit(&mut Out(message), &head)
        });
        if sent.is_err() {
            numbers.lost = numbers.lost.wrapping_add(1);
        }
    }
}
