// SPDX-License-Identifier: GPL-2.0

//! Netfilter hooks.
//!
//! C header: [`include/linux/netfilter.h`](srctree/include/linux/netfilter.h)

use super::{
    namespace::{Net, PerNet},
    skbuff::{OwnedSkBuff, SkBuff, SkBuffMut}, //
};
use crate::sync::rcu::Reader;
use core::{
    marker::PhantomData,
    ops::Deref,
    ptr::NonNull, //
};
use helpers::nf_hook_ops;
use ipvs_bindings as helpers;
use kernel::{error::to_result, prelude::*};

/// A version of IP, as netfilter calls it (`NFPROTO_IPV4`, `NFPROTO_IPV6`).
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Version {
    /// IPv4.
    V4 = 2,
    /// IPv6.
    V6 = 10,
}

/// A point on the way of a packet where its route is known (`enum nf_inet_hooks`).
#[derive(Clone, Copy)]
#[repr(u32)]
pub enum InetHook {
    /// `NF_INET_LOCAL_IN`: for this host.
    LocalIn = 1,
    /// `NF_INET_FORWARD`: for another host.
    Forward = 2,
    /// `NF_INET_LOCAL_OUT`: from this host.
    LocalOut = 3,
}

/// `NF_IP_PRI_NAT_DST`.
pub const NF_IP_PRI_NAT_DST: i32 = -100;
/// `NF_IP_PRI_NAT_SRC`.
pub const NF_IP_PRI_NAT_SRC: i32 = 100;

/// `IP_DEFRAG_VS_IN`, for [`HookSkb::defrag4`] at [`InetHook::LocalIn`].
pub const IP_DEFRAG_VS_IN: u32 = helpers::ip_defrag_users_IP_DEFRAG_VS_IN;
/// `IP_DEFRAG_VS_OUT`, for [`HookSkb::defrag4`] at [`InetHook::LocalOut`].
pub const IP_DEFRAG_VS_OUT: u32 = helpers::ip_defrag_users_IP_DEFRAG_VS_OUT;
/// `IP_DEFRAG_VS_FWD`, for [`HookSkb::defrag4`] at [`InetHook::Forward`].
pub const IP_DEFRAG_VS_FWD: u32 = helpers::ip_defrag_users_IP_DEFRAG_VS_FWD;

const NF_DROP: c_uint = 0;
const NF_ACCEPT: c_uint = 1;
const NF_STOLEN: c_uint = 2;

/// The packet that a hook was called for.
///
/// The only way out of a hook is a [`Verdict`], and the only way to a [`Verdict`] is to give this
/// up, so a packet cannot be both accepted and sent away.
///
/// # Invariants
///
/// The pointer is valid and exclusively ours during `'hook`.
pub struct HookSkb<'hook>(
    NonNull<kernel::bindings::sk_buff>,
    PhantomData<fn(&'hook ()) -> &'hook ()>,
);

/// What becomes of the packet of the call `'hook`.
pub struct Verdict<'hook>(c_uint, PhantomData<fn(&'hook ()) -> &'hook ()>);

impl<'hook> HookSkb<'hook> {
    /// Lets the packet go on.
    #[inline]
    pub fn accept(self) -> Verdict<'hook> {
        Verdict(NF_ACCEPT, PhantomData)
    }

    /// Frees the packet. Other than with [`HookSkb::discard`], a socket of this host that sends it
    /// gets no error.
    #[inline]
    pub fn swallow(self) -> Verdict<'hook> {
        let (skb, verdict) = self.steal();
        drop(skb);
        verdict
    }

    /// Has the core free the packet. A socket of this host that sends it gets `EPERM`.
    #[inline]
    pub fn discard(self) -> Verdict<'hook> {
        Verdict(NF_DROP, PhantomData)
    }

    /// Takes the packet away from the core.
    #[inline]
    pub fn steal(self) -> (OwnedSkBuff, Verdict<'hook>) {
        // SAFETY: With `NF_STOLEN` the core forgets the packet, so it is ours now.
        let skb = unsafe { OwnedSkBuff::from_raw(self.0) };
        (skb, Verdict(NF_STOLEN, PhantomData))
    }

    /// Borrows the packet to change it.
    #[inline]
    pub fn as_mut(&mut self) -> SkBuffMut<'_> {
        // SAFETY: By the type invariants, and `self` is borrowed.
        unsafe { SkBuffMut::from_raw(self.0) }
    }

    /// Puts the fragments of an IPv4 packet together. `user` keeps the fragments of different
    /// places apart (`enum ip_defrag_users`).
    ///
    /// Gives the whole packet back, with a correct header checksum, when this was the last
    /// fragment. Until then the fragment is kept, and the verdict says so.
    pub fn defrag4(self, net: &Net, user: u32) -> Result<Self, Verdict<'hook>> {
        let skb = self.0.as_ptr();
        if !self.is_ipv4() {
            return Ok(self);
        }
        // SAFETY: `net` and `skb` are valid, and it is an IPv4 packet. The function takes the packet over unless it returns
        // zero, when `skb` is the whole packet.
        if unsafe { helpers::rust_ipvs_helper_defrag4(net.as_raw(), skb, user) } != 0 {
            return Err(Verdict(NF_STOLEN, PhantomData));
        }
        Ok(self)
    }
}

impl Deref for HookSkb<'_> {
    type Target = SkBuff;

    #[inline]
    fn deref(&self) -> &SkBuff {
        // SAFETY: By the type invariants.
        unsafe { SkBuff::from_raw(self.0) }
    }
}

/// Where a hook was called.
#[repr(transparent)]
pub struct State(helpers::nf_hook_state);

impl State {
    /// The namespace.
    #[inline]
    pub fn net(&self) -> &Net {
        // SAFETY: The core fills it in with a namespace that lives as long as the call.
        unsafe { Net::from_raw(self.0.net) }
    }
}

/// A hook function for packets of one version of IP, with its place in the order of hooks.
pub trait Hook {
    /// What the hook works on.
    type Data: PerNet;

    /// For which packets it is called.
    const VERSION: Version;
    /// Where it is called.
    const POINT: InetHook;
    /// Hooks run in ascending priority.
    const PRIORITY: i32;

    /// Called for every packet.
    ///
    /// # Context
    ///
    /// Softirq or, at [`InetHook::LocalOut`], process context.
    fn call<'hook>(
        data: &'hook Self::Data,
        skb: HookSkb<'hook>,
        state: &'hook State,
        reader: Reader<'hook>,
    ) -> Verdict<'hook>;
}

/// # Safety
///
/// Only for the netfilter core; `data` must be what [`HookSet`] registered in `priv`.
unsafe extern "C" fn trampoline<H: Hook>(
    data: *mut c_void,
    skb: *mut kernel::bindings::sk_buff,
    state: *const helpers::nf_hook_state,
) -> c_uint {
    // SAFETY: The core calls hooks in a read-side critical section.
    let reader = unsafe { Reader::assume() };
    // SAFETY: `Op::new` ties `H` to the type of the data that `HookSet` registers, which says that
    // `data` outlives the registration by a grace period.
    let data = unsafe { &*data.cast::<H::Data>() };
    // SAFETY: The core passes a packet.
    let skb = unsafe { NonNull::new_unchecked(skb) };
    // INVARIANT: The core hands the packet to one hook at a time. At the points that there are it is
    // in the IP layer.
    let skb = HookSkb(skb, PhantomData);
    // SAFETY: `state` is valid for the call; `State` is `repr(transparent)`.
    let state = unsafe { &*state.cast::<State>() };
    H::call(data, skb, state, reader).0
}

/// A hook for data of type `T`, not registered anywhere.
pub struct Op<T>(nf_hook_ops, PhantomData<fn(&T)>);

// SAFETY: Never written after its creation.
unsafe impl<T> Sync for Op<T> {}

impl<T: PerNet> Op<T> {
    /// Describes `H`.
    pub const fn new<H: Hook<Data = T>>() -> Self {
        let mut ops: nf_hook_ops = pin_init::zeroed();
        ops.hook = Some(trampoline::<H>);
        ops.pf = H::VERSION as u8;
        ops.hooknum = H::POINT as u32;
        ops.priority = H::PRIORITY;
        Self(ops, PhantomData)
    }
}

/// The hooks of one namespace, which are registered for each version of IP apart.
pub(crate) struct HookSets<T> {
    v4: HookSet<T>,
    v6: HookSet<T>,
}

impl<T: PerNet> HookSets<T> {
    /// Copies the hooks of `T`, to be called with `data`; none is registered yet.
    pub(crate) fn new(data: *const T) -> Result<Self> {
        Ok(Self {
            v4: HookSet::new(data, Version::V4)?,
            v6: HookSet::new(data, Version::V6)?,
        })
    }

    /// Registers or unregisters all hooks for `version`. Ones that run at this time may run on until
    /// a grace period has passed.
    ///
    /// # Safety
    ///
    /// `data` of [`HookSets::new`] must stay valid until a grace period after [`HookSets::close`],
    /// which must be called.
    pub(crate) unsafe fn set(&mut self, net: &Net, version: Version, enable: bool) -> Result {
        let set = match version {
            Version::V4 => &mut self.v4,
            Version::V6 => &mut self.v6,
        };
        // SAFETY: By the safety requirements.
        unsafe { set.set(net, enable) }
    }

    /// Unregisters all hooks for good.
    pub(crate) fn close(&mut self, net: &Net) {
        self.v4.close(net);
        self.v6.close(net);
    }
}

/// The hooks of one namespace for one version of IP.
///
/// # Invariants
///
/// While `enabled`, the hooks in `ops` are registered.
struct HookSet<T> {
    ops: KVec<nf_hook_ops>,
    enabled: bool,
    closed: bool,
    _p: PhantomData<fn(&T)>,
}

// SAFETY: The pointers inside are only for the netfilter core.
unsafe impl<T> Send for HookSet<T> {}

impl<T: PerNet> HookSet<T> {
    fn new(data: *const T, version: Version) -> Result<Self> {
        let mut set = KVec::with_capacity(T::HOOKS.len(), GFP_KERNEL)?;
        for op in T::HOOKS.iter().filter(|op| op.0.pf == version as u8) {
            let mut ops: nf_hook_ops = pin_init::zeroed();
            ops.hook = op.0.hook;
            ops.pf = op.0.pf;
            ops.hooknum = op.0.hooknum;
            ops.priority = op.0.priority;
            ops.priv_ = data.cast_mut().cast();
            set.push(ops, GFP_KERNEL)?;
        }
        Ok(Self {
            ops: set,
            enabled: false,
            closed: false,
            _p: PhantomData,
        })
    }

    /// # Safety
    ///
    /// As for [`HookSets::set`].
    unsafe fn set(&mut self, net: &Net, enable: bool) -> Result {
        if self.enabled == enable {
            return Ok(());
        }
        if enable && self.closed {
            return Err(ENOENT);
        }
        let (ops, n) = (self.ops.as_ptr(), self.ops.len().try_into()?);
        if enable {
            // SAFETY: The array does not move while it is registered.
            to_result(unsafe { helpers::nf_register_net_hooks(net.as_raw(), ops, n) })?;
        } else {
            // SAFETY: By the type invariants, they are registered.
            unsafe { helpers::nf_unregister_net_hooks(net.as_raw(), ops, n) };
        }
        // INVARIANT: As was just done.
        self.enabled = enable;
        Ok(())
    }

    fn close(&mut self, net: &Net) {
        self.closed = true;
        // SAFETY: Nothing is registered here.
        let _ = unsafe { self.set(net, false) };
    }
}
