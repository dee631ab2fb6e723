// SPDX-License-Identifier: GPL-2.0

//! Messages that nobody has asked for, to all who listen to a group.
//!
//! C header: [`include/net/genetlink.h`](srctree/include/net/genetlink.h)

use super::{
    super::namespace::{Handle, PerNet},
    message,
    Message,
    OwnedMessage,
    MESSAGE_ROOM,
    NAME_SIZE, //
};
use crate::sync::{access::AccessOnce, rcu::Reader};
use core::{marker::PhantomData, ptr::NonNull};
use ipvs_bindings as helpers;
use kernel::{
    bindings,
    error::to_result,
    prelude::*,
    sync::{
        atomic::{Atomic, Release},
        rcu,
        Arc, //
    },
};

/// `GENL_MCAST_CAP_NET_ADMIN`.
const LISTEN_ADMIN: u8 = 0x01;

/// Who can be sent messages, in each namespace.
#[repr(transparent)]
pub struct Group(bindings::genl_multicast_group);

// SAFETY: Never written after its creation.
unsafe impl Sync for Group {}

impl Group {
    /// A group of this name, of at most 15 characters, which whoever has `CAP_NET_ADMIN` in the user
    /// namespace of the network namespace may join.
    // In line, so that there is no code of what is called by the compiler alone.
    #[inline]
    pub const fn new(name: &'static CStr) -> Self {
        let bytes = name.to_bytes_with_nul();
        assert!(bytes.len() <= NAME_SIZE);
        let mut group: bindings::genl_multicast_group = pin_init::zeroed();
        group.flags = LISTEN_ADMIN;
        let mut at = 0;
        while at < bytes.len() {
            group.name[at] = bytes[at];
            at += 1;
        }
        Self(group)
    }
}

/// The family whose messages are sent, as long as it is registered.
///
/// # Invariants
///
/// `family` is null or registered, and stays so until a grace period after it has become null.
pub(crate) struct Announced {
    family: Atomic<*mut bindings::genl_family>,
}

impl Announced {
    /// No family.
    pub(crate) const fn new() -> Self {
        // INVARIANT: It is null.
        Self {
            family: Atomic::new(core::ptr::null_mut()),
        }
    }

    /// Messages of `family` are sent from now on.
    ///
    /// # Safety
    ///
    /// It must be registered, and stay so until [`Announced::withdraw`] has returned.
    pub(super) unsafe fn set(&self, family: *mut bindings::genl_family) {
        // INVARIANT: By the safety requirements.
        self.family.store(family, Release);
    }

    /// No more messages are sent, and none is being sent any more.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(super) fn withdraw(&self) {
        self.family.store(core::ptr::null_mut(), Release);
        rcu::synchronize_rcu();
    }

    fn get(&self, _reader: Reader<'_>) -> Option<NonNull<bindings::genl_family>> {
        NonNull::new(self.family.read_once())
    }
}

/// Sends messages of the family of `T` to those who listen in one namespace.
pub struct Sender<T> {
    handle: Arc<Handle>,
    _p: PhantomData<fn(&T)>,
}

impl<T: PerNet> Sender<T> {
    /// For the namespace of `handle`.
    pub fn new(handle: Arc<Handle>) -> Self {
        Self {
            handle,
            _p: PhantomData,
        }
    }

    /// Whether anybody listens to the group of this number. It may be somebody in another namespace:
    /// the core does not tell them apart here.
    pub fn is_heard(&self, group: u32) -> bool {
        let guard = rcu::read_lock();
        let reader = Reader::from(&guard);
        let Some(family) = T::place().announced().get(reader) else {
            return false;
        };
        let Some(net) = self.handle.get(reader) else {
            return false;
        };
        // SAFETY: Both are valid during the section.
        unsafe {
            helpers::rust_ipvs_helper_genl_has_listeners(family.as_ptr(), net.as_raw(), group)
        }
    }

    /// Sends one message of type `cmd` to the group of this number. `fill`, which must not sleep,
    /// writes its attributes. That nobody is there to get it is no error, nor that somebody could
    /// not: he is told by his socket.
    ///
    /// # Context
    ///
    /// May sleep.
    pub fn send(
        &self,
        group: u32,
        cmd: u8,
        fill: impl FnOnce(&mut Message<'_>) -> Result,
    ) -> Result {
        // As large as it has to be: this much of a listener's buffer is used by it.
        // SAFETY: No requirements.
        let skb = unsafe { bindings::genlmsg_new(MESSAGE_ROOM, bindings::GFP_KERNEL) };
        let skb = OwnedMessage(NonNull::new(skb).ok_or(ENOMEM)?);
        let guard = rcu::read_lock();
        let reader = Reader::from(&guard);
        let family = T::place().announced().get(reader).ok_or(ENOENT)?;
        let net = self.handle.get(reader).ok_or(ENOENT)?;
        // SAFETY: The buffer is ours, the family is registered during the section.
        unsafe { message(skb.0, 0, 0, family.as_ptr(), 0, cmd, fill) }?;
        let skb = core::mem::ManuallyDrop::new(skb);
        // SAFETY: Family and namespace are valid during the section; the buffer is given up.
        let result = to_result(unsafe {
            helpers::rust_ipvs_helper_genl_multicast(
                family.as_ptr(),
                net.as_raw(),
                skb.0.as_ptr(),
                group,
            )
        });
        match result {
            Err(ESRCH | ENOBUFS) => Ok(()),
            other => other,
        }
    }
}
