// SPDX-License-Identifier: GPL-2.0

//! Network devices that go down.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)

use super::namespace::{self, PerNet};
use crate::{sync::rcu_table::Position, task::cond_resched};
use core::marker::PhantomData;
use ipvs_bindings as helpers;
use kernel::{bindings, error::to_result, prelude::*, types::Opaque};

/// `NETDEV_DOWN`: the device has been taken down. One that goes is taken down before.
const NETDEV_DOWN: c_ulong = 2;

/// `NOTIFY_DONE`: others may want to know, too.
const NOTIFY_DONE: c_int = 0;

/// Tells the data of every namespace of its devices.
///
/// # Invariants
///
/// `block` is registered.
#[pin_data(PinnedDrop)]
pub(super) struct Watch<T: PerNet> {
    #[pin]
    block: Opaque<bindings::notifier_block>,
    _p: PhantomData<T>,
}

impl<T: PerNet> Watch<T> {
    /// Begins to watch. The data must be registered, and stay so for as long.
    pub(super) fn new() -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            block <- Opaque::try_ffi_init(|place: *mut bindings::notifier_block| {
                let mut block: bindings::notifier_block = pin_init::zeroed();
                block.notifier_call = Some(notify::<T>);
                // SAFETY: The initializer can write to the provided place.
                unsafe { place.write(block) };
                // SAFETY: It is pinned and unregistered before it is freed.
                to_result(unsafe { helpers::register_netdevice_notifier(place) })
            }),
            _p: PhantomData,
        })
    }
}

#[pinned_drop]
impl<T: PerNet> PinnedDrop for Watch<T> {
    fn drop(self: Pin<&mut Self>) {
        // SAFETY: By the type invariants. It waits for a callback that runs.
        unsafe { helpers::unregister_netdevice_notifier(self.block.get()) };
    }
}

/// # Safety
///
/// Only for the chain of [`Watch`].
unsafe extern "C" fn notify<T: PerNet>(
    _block: *mut bindings::notifier_block,
    event: c_ulong,
    info: *mut c_void,
) -> c_int {
    if event != NETDEV_DOWN {
        return NOTIFY_DONE;
    }
    // SAFETY: The chain passes what belongs to the event.
    let dev = unsafe { helpers::rust_ipvs_helper_notifier_device(info) };
    // SAFETY: The device is valid, and so is its namespace.
    let net = unsafe { helpers::rust_ipvs_helper_device_net(dev) };
    let mut position = Position::default();
    // SAFETY: `net` has a device, and the data is registered as long as we watch.
    while unsafe { namespace::device_down::<T>(net, &mut position) } {
        cond_resched();
    }
    NOTIFY_DONE
}
