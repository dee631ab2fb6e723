// SPDX-License-Identifier: GPL-2.0

//! Who listens is told what happens to services and destinations: `ipvs_core::uapi::event`.

pub(crate) mod drops;

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
        Detail,
        Drops,
        Head,
        Kind,
        Numbers,
        Resize, //
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
        atomic::{
            Atomic,
            Full, //
        },
        barrier::smp_mb,
        rcu,
        Arc,
        Mutex, //
    },
    time::Jiffies,
    workqueue::{
        impl_has_delayed_work,
        new_delayed_work,
        DelayedWork,
        WorkItem, //
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
    new_spinlock_bh,
    sync::{
        access::AccessOnce,
        rcu::Reader,
        rcu_arc::RcuArc,
        spinlock_bh::SpinLockBh, //
    },
    time::{
        jiffies,
        real_nanos,
        HZ, //
    },
    workqueue, //
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
    DestOverloaded(&'a Dest),
    DestRelieved(&'a Dest),
    TableResized(Resize),
    PacketsDropped(Drops),
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
            Self::DestOverloaded(_) => Kind::DestOverloaded,
            Self::DestRelieved(_) => Kind::DestRelieved,
            Self::TableResized(_) => Kind::TableResized,
            Self::PacketsDropped(_) => Kind::PacketsDropped,
        }
    }

    fn detail(&self) -> Detail {
        match self {
            Self::TableResized(resize) => Detail::Resize(*resize),
            Self::PacketsDropped(drops) => Detail::Drops(*drops),
            _ => Detail::None,
        }
    }

    /// Writes the message but for its headers.
    fn emit(&self, out: &mut Out<'_, '_>, head: &Head) -> Result {
        emit_event(out, head, &self.detail())?;
        match self {
            Self::ServiceAdded(service)
            | Self::ServiceChanged(service)
            | Self::ServiceRemoved(service) => emit_service(out, service),
            Self::Flushed | Self::TableResized(_) | Self::PacketsDropped(_) => Ok(()),
            Self::DestAdded(dest)
            | Self::DestChanged(dest)
            | Self::DestRemoved(dest)
            | Self::DestDrained(dest)
            | Self::DestOverloaded(dest)
            | Self::DestRelieved(dest) => emit_dest(out, dest),
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

/// Ticks between two events about the same thing that changes with packets, at least.
const PERIOD: Jiffies = HZ / 10;

/// So many destinations may wait for an event about them. There is room from the beginning: nothing is
/// allocated where packets are.
const MAX_WAITING: usize = 128;

/// The events of a namespace.
#[pin_data]
pub(crate) struct Events {
    sender: Sender<Netns>,
    /// Held while a message is sent, so that they are received in the order of their numbers.
    #[pin]
    numbers: Mutex<Numbers>,
    /// Destinations that have come to have too many connections, or no longer have.
    #[pin]
    waiting: SpinLockBh<KVec<RcuArc<Dest>>>,
    /// When what waits was told of last, in ticks.
    told: Atomic<usize>,
    #[pin]
    work: DelayedWork<Self>,
}

impl_has_delayed_work! {
    impl HasDelayedWork<Self> for Events { self.work }
}

impl Events {
    /// Those of the namespace of `handle`.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn new(handle: Arc<Handle>) -> Result<Arc<Self>> {
        let waiting = KVec::with_capacity(MAX_WAITING, GFP_KERNEL)?;
        Arc::pin_init(
            pin_init!(Self {
                sender: Sender::new(handle),
                numbers <- new_mutex!(Numbers::default(), "Events::numbers"),
                waiting <- new_spinlock_bh!(waiting, c"Events::waiting"),
                told: Atomic::new(jiffies().wrapping_sub(PERIOD)),
                work <- new_delayed_work!("Events::work"),
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
        if self.is_heard() {
            self.send(event, change);
        }
    }

    /// Whether somebody listens, in whatever namespace.
    fn is_heard(&self) -> bool {
        self.sender.is_heard(EVENTS)
    }

    /// Has the work tell that a destination has come to have too many connections, or no longer has.
    /// What comes and goes within a tenth of a second may not be told.
    ///
    /// # Context
    ///
    /// Any but hard interrupts.
    #[cold]
    pub(crate) fn ask(dest: &RcuArc<Dest>) {
        let this = dest.events();
        if !this.is_heard() {
            dest.take_news();
            return;
        }
        if !dest.is_first_to_ask() {
            return;
        }
        match this.enqueue(dest) {
            true => workqueue::queue(this, this.delay()),
            // Its next connection tries again.
            false => dest.forget_to_ask(),
        }
    }

    /// Has a destination wait. Returns whether there was room.
    fn enqueue(&self, dest: &RcuArc<Dest>) -> bool {
        let mut waiting = self.waiting.lock();
        waiting.len() < waiting.capacity() && waiting.push_within_capacity(dest.clone()).is_ok()
    }

    /// Takes out what waits for the longest time.
    fn take_first(&self) -> Option<RcuArc<Dest>> {
        self.waiting.lock().remove(0).ok()
    }

    /// Ticks until what waits may be told of.
    fn delay(&self) -> Jiffies {
        PERIOD.saturating_sub(jiffies().wrapping_sub(self.told.read_once()))
    }

    /// Tells of nothing that happens to packets from now on.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn stop(self: &Arc<Self>) {
        // Without room nobody comes after them.
        let waiting = core::mem::take(&mut *self.waiting.lock());
        // They hold this.
        drop(waiting);
        workqueue::stop(self);
    }

    /// Says which events are older than what a dump is about to show.
    pub(crate) fn put_state(&self, changes: &Changes, out: &mut DumpBuffer<'_>) -> Result {
        // What has a number has happened.
        let head = {
            let numbers = self.numbers.lock();
            numbers.head(Kind::State, real_nanos(), Some(changes.last().get()))
        };
        // And what nobody was told of has happened before the walk begins, as in `tell`.
        smp_mb(Full);
        out.message(Command::Event as u8, |message| {
            emit_event(&mut Out(message), &head, &Detail::None)
        })
    }

    fn send(&self, event: Event<'_>, change: Option<NonZeroU32>) {
        let mut numbers = self.numbers.lock();
        let change = change.map(NonZeroU32::get);
        let head = numbers.next_head(event.kind(), real_nanos(), change);
        let sent = self.sender.send(EVENTS, Command::Event as u8, |message| {
            event.emit(&mut Out(message), &head)
        });
        if sent.is_err() {
            numbers.lose();
        }
    }
}

impl WorkItem for Events {
    type Pointer = Arc<Self>;

    fn run(this: Arc<Self>) {
        this.told.write_once(jiffies());
        // What begins to wait from now on has asked for the next time.
        let count = this.waiting.lock().len();
        for _ in 0..count {
            let Some(dest) = this.take_first() else {
                return;
            };
            match dest.take_news() {
                Some(true) => this.tell(Event::DestOverloaded(&dest), None),
                Some(false) => this.tell(Event::DestRelieved(&dest), None),
                None => (),
            }
        }
    }
}
