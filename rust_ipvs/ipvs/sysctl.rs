// SPDX-License-Identifier: GPL-2.0

//! The files in `/proc/sys/net/ipv4/vs`: names, and what each takes and shows.
//!
//! Bounds are in `ipvs_core::setting`, values in `super::config` and `super::defence`.

use super::netns::Netns;
use core::fmt;
use ipvs_core::setting::{
    sync_ports,
    ticks,
    Defence,
    LoadFactor,
    Nice,
    SyncRetries,
    SyncThreshold,
    SyncVersion, //
};
use kernel::prelude::*;
use linux_ext::{
    cpumask::CpuSet,
    net::{
        sysctl::{
            Directory,
            Numbers,
            Setting,
            Text, //
        },
        Net,
    },
    sync::access::AccessOnce,
    task,
    time::HZ,
};

/// The directory, in the order of C.
pub(crate) const SETTINGS: Directory<Netns> = Directory {
    path: c"net/ipv4/vs",
    settings: &[
        Setting::numbers::<Amemthresh>(c"amemthresh"),
        Setting::numbers::<AmDroprate>(c"am_droprate"),
        Setting::numbers::<ConnMaximum>(c"conn_max"),
        Setting::numbers::<DropEntry>(c"drop_entry"),
        Setting::numbers::<DropPacket>(c"drop_packet"),
        Setting::numbers::<Conntrack>(c"conntrack"),
        Setting::numbers::<SecureTcp>(c"secure_tcp"),
        Setting::numbers::<SnatReroute>(c"snat_reroute"),
        Setting::numbers::<Version>(c"sync_version"),
        Setting::numbers::<Ports>(c"sync_ports"),
        Setting::numbers::<SyncPersistMode>(c"sync_persist_mode"),
        Setting::numbers::<QueueLength>(c"sync_qlen_max").guarded(),
        Setting::numbers::<SyncSockSize>(c"sync_sock_size").guarded(),
        Setting::numbers::<CacheBypass>(c"cache_bypass"),
        Setting::numbers::<ExpireNodestConn>(c"expire_nodest_conn"),
        Setting::numbers::<SloppyTcp>(c"sloppy_tcp"),
        Setting::numbers::<SloppySctp>(c"sloppy_sctp"),
        Setting::numbers::<ExpireQuiescentTemplate>(c"expire_quiescent_template"),
        Setting::numbers::<Threshold>(c"sync_threshold"),
        Setting::numbers::<RefreshPeriod>(c"sync_refresh_period"),
        Setting::numbers::<Retries>(c"sync_retries"),
        Setting::numbers::<NatIcmpSend>(c"nat_icmp_send"),
        Setting::numbers::<PmtuDisc>(c"pmtu_disc"),
        Setting::numbers::<BackupOnly>(c"backup_only"),
        Setting::numbers::<ConnReuseMode>(c"conn_reuse_mode"),
        Setting::numbers::<ScheduleIcmp>(c"schedule_icmp"),
        Setting::numbers::<IgnoreTunneled>(c"ignore_tunneled"),
        Setting::numbers::<RunEstimation>(c"run_estimation").guarded(),
        Setting::text::<EstCpus>(c"est_cpulist").guarded(),
        Setting::numbers::<EstNice>(c"est_nice").guarded(),
        Setting::numbers::<ConnLoadFactor>(c"conn_lfactor").guarded(),
        Setting::numbers::<ServiceLoadFactor>(c"svc_lfactor").guarded(),
        Setting::numbers::<LblcExpiration>(c"lblc_expiration").hidden(),
        Setting::numbers::<LblcrExpiration>(c"lblcr_expiration").hidden(),
    ],
};

/// A setting that is one number of the namespace: how it is read, and how it is written.
macro_rules! number {
    ($name:ident, $get:expr, $set:expr) => {
        struct $name;

        impl Numbers for $name {
            type Data = Netns;
            type Value = c_int;

            fn get(ns: &Netns) -> c_int {
                let get: fn(&Netns) -> c_int = $get;
                get(ns)
            }

            fn set(ns: &Netns, _net: &Net, value: c_int) -> Result {
                let set: fn(&Netns, c_int) -> Result = $set;
                set(ns, value)
            }
        }
    };
}

/// A setting that takes every number and is read when it is needed.
macro_rules! plain {
    ($($name:ident: $field:ident,)*) => {
        $(
            number!($name, |ns| ns.config.plain.$field.read_once(), |ns, value| {
                ns.config.plain.$field.write_once(value);
                Ok(())
            });
        )*
    };
}

plain! {
    BackupOnly: backup_only,
    CacheBypass: cache_bypass,
    ConnReuseMode: conn_reuse_mode,
    Conntrack: conntrack,
    ExpireNodestConn: expire_nodest_conn,
    ExpireQuiescentTemplate: expire_quiescent_template,
    IgnoreTunneled: ignore_tunneled,
    PmtuDisc: pmtu_disc,
    ScheduleIcmp: schedule_icmp,
    SloppySctp: sloppy_sctp,
    SloppyTcp: sloppy_tcp,
    SnatReroute: snat_reroute,
    SyncPersistMode: sync_persist_mode,
    SyncSockSize: sync_sock_size,
}

number!(
    NatIcmpSend,
    |ns| ns.config.plain.nat_icmp_send.read_once(),
    |ns, value| ns.set_nat_icmp_send(value)
);

number!(
    RunEstimation,
    |ns| ns.config.plain.run_estimation.read_once(),
    |ns, value| {
        ns.set_run_estimation(value);
        Ok(())
    }
);

/// A setting that takes what `$check` makes a number of.
macro_rules! checked {
    ($($name:ident: $field:ident, $check:expr;)*) => {
        $(
            number!($name, |ns| ns.config.$field.read_once(), |ns, value| {
                let check: fn(c_int) -> Option<c_int> = $check;
                ns.config.$field.write_once(check(value).ok_or(EINVAL)?);
                Ok(())
            });
        )*
    };
}

checked! {
    EstNice: est_nice, |value| Nice::new(value).map(Nice::get);
    Ports: sync_ports, sync_ports;
    RefreshPeriod: sync_refresh_period, |secs| ticks(secs, HZ as i32).map(|_| secs);
    Retries: sync_retries, |value| SyncRetries::new(value).map(SyncRetries::get);
    Version: sync_version, |value| SyncVersion::new(value).map(SyncVersion::get);
}

/// How long a scheduler remembers what is not used, in seconds.
macro_rules! expiration {
    ($($name:ident: $field:ident,)*) => {
        $(
            number!($name, |ns| ns.expirations.$field.read_once(), |ns, secs| {
                ticks(secs, HZ as i32).ok_or(EINVAL)?;
                ns.expirations.$field.write_once(secs);
                Ok(())
            });
        )*
    };
}

expiration! {
    LblcExpiration: lblc,
    LblcrExpiration: lblcr,
}

/// The load factor of a table.
macro_rules! load_factor {
    ($($name:ident: $field:ident, $set:ident;)*) => {
        $(
            number!($name, |ns| ns.config.$field.read_once(), |ns, value| {
                ns.$set(LoadFactor::new(value).ok_or(EINVAL)?);
                Ok(())
            });
        )*
    };
}

load_factor! {
    ConnLoadFactor: conn_lfactor, set_conn_load_factor;
    ServiceLoadFactor: svc_lfactor, set_service_load_factor;
}

/// A defence, which changes by itself between 1 and 2 when memory runs short.
macro_rules! defence {
    ($($name:ident: $field:ident,)*) => {
        $(
            number!($name, |ns| ns.defences.modes().$field as c_int, |ns, value| {
                let mode = Defence::from_i32(value).ok_or(EINVAL)?;
                ns.defences.change(|modes| modes.$field = mode);
                Ok(())
            });
        )*
    };
}

defence! {
    DropEntry: drop_entry,
    DropPacket: drop_packet,
    SecureTcp: secure_tcp,
}

/// A number that defences follow.
macro_rules! measure {
    ($($name:ident: $field:ident,)*) => {
        $(
            struct $name;

            impl Numbers for $name {
                type Data = Netns;
                type Value = c_int;

                fn get(ns: &Netns) -> c_int {
                    ns.defences.$field.read_once()
                }

                fn set(ns: &Netns, _net: &Net, value: c_int) -> Result {
                    ns.defences.$field.write_once(value);
                    ns.defences.change(|_| ());
                    Ok(())
                }
            }
        )*
    };
}

measure! {
    AmDroprate: am_droprate,
    Amemthresh: amemthresh,
}

struct ConnMaximum;

impl ConnMaximum {
    /// Stands for no number at all. Setting the limit to what it is would change the hard one.
    const UNSAID: c_int = c_int::MIN;
}

impl Numbers for ConnMaximum {
    type Data = Netns;
    type Value = c_int;

    fn get(ns: &Netns) -> c_int {
        ns.config.conn_max().soft
    }

    fn unsaid(_ns: &Netns) -> c_int {
        Self::UNSAID
    }

    fn set(ns: &Netns, _net: &Net, value: c_int) -> Result {
        if value == Self::UNSAID {
            return Ok(());
        }
        let limit = ns.config.conn_max().set(value, task::is_net_admin());
        ns.set_conn_max(limit.ok_or(EINVAL)?);
        Ok(())
    }
}

struct QueueLength;

impl Numbers for QueueLength {
    type Data = Netns;
    type Value = c_ulong;

    fn get(ns: &Netns) -> c_ulong {
        ns.config.sync_qlen_max.read_once()
    }

    fn set(ns: &Netns, _net: &Net, value: c_ulong) -> Result {
        ns.config.sync_qlen_max.write_once(value);
        Ok(())
    }
}

struct Threshold;

impl Numbers for Threshold {
    type Data = Netns;
    type Value = [c_int; 2];

    fn get(ns: &Netns) -> [c_int; 2] {
        let threshold = ns.config.sync_threshold();
        [threshold.first, threshold.period]
    }

    fn set(ns: &Netns, _net: &Net, [first, period]: [c_int; 2]) -> Result {
        let threshold = SyncThreshold::new(first, period).ok_or(EINVAL)?;
        ns.config.set_sync_threshold(threshold);
        Ok(())
    }
}

struct EstCpus;

impl Text for EstCpus {
    type Data = Netns;

    fn show(ns: &Netns, out: &mut dyn fmt::Write) -> fmt::Result {
        if let Some(cpus) = &*ns.config.est_cpus.lock() {
            return writeln!(out, "{cpus}");
        }
        let cpus = CpuSet::of_kernel_threads().map_err(|_| fmt::Error)?;
        writeln!(out, "{cpus}")
    }

    fn store(ns: &Netns, text: &CStr) -> Result {
        let mut cpus = CpuSet::parse(text)?;
        cpus.retain_allowed();
        ns.set_est_cpus(cpus);
        Ok(())
    }
}
