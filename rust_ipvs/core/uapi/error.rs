// SPDX-License-Identifier: GPL-2.0

//! Why a request is refused: a number for programs, a sentence for people.

use core::ffi::CStr;

/// Error numbers, as `include/uapi/asm-generic/errno*.h` has them.
pub mod errno {
    /// No such object below the one that was found.
    pub const ENOENT: i32 = 2;
    /// No such object.
    pub const ESRCH: i32 = 3;
    /// No such interface.
    pub const ENODEV: i32 = 19;
    /// Exists.
    pub const EEXIST: i32 = 17;
    /// Invalid.
    pub const EINVAL: i32 = 22;
    /// Out of range.
    pub const ERANGE: i32 = 34;
    /// No such family.
    pub const EAFNOSUPPORT: i32 = 97;
}

use errno::*;

macro_rules! errors {
    ($(#[$doc:meta])* $name:ident { $($variant:ident: $errno:ident, $message:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $(#[doc = $message] $variant,)*
        }

        impl $name {
            /// The positive error number.
            pub const fn errno(self) -> i32 {
                match self {
                    $(Self::$variant => $errno,)*
                }
            }

            /// Names the attribute and the rule.
            pub const fn message(self) -> &'static CStr {
                match self {
                    $(Self::$variant => const { text(concat!($message, "\0")) },)*
                }
            }

            #[cfg(test)]
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant,)*];
        }
    };
}

/// A literal with its NUL.
const fn text(literal: &'static str) -> &'static CStr {
    match CStr::from_bytes_with_nul(literal.as_bytes()) {
        Ok(text) => text,
        Err(_) => c"",
    }
}

errors! {
    /// What a request says is wrong, whatever the state of the kernel.
    SpecError {
        ServiceMissing: EINVAL, "SERVICE is missing";
        ServiceAf: EINVAL, "SERVICE.AF is shorter than 2 bytes";
        ServiceProtocol: EINVAL, "SERVICE.PROTOCOL is shorter than 2 bytes";
        ServiceAddr: EINVAL, "SERVICE.ADDR is longer than 16 bytes";
        ServicePort: EINVAL, "SERVICE.PORT is shorter than 2 bytes";
        ServiceFwmark: EINVAL, "SERVICE.FWMARK is shorter than 4 bytes";
        ServiceSchedName: EINVAL, "SERVICE.SCHED_NAME is not a string of up to 15 characters";
        ServiceFlags: EINVAL, "SERVICE.FLAGS is longer than 8 bytes";
        ServiceTimeout: EINVAL, "SERVICE.TIMEOUT is shorter than 4 bytes";
        ServiceNetmask: EINVAL, "SERVICE.NETMASK is shorter than 4 bytes";
        ServiceStats: EINVAL, "SERVICE.STATS is not a nest";
        ServicePeName: EINVAL, "SERVICE.PE_NAME is not a string of up to 16 characters";
        ServiceId: EINVAL, "SERVICE needs AF, and FWMARK or all of PROTOCOL, ADDR, PORT";
        ServiceFamily: EAFNOSUPPORT, "SERVICE.AF is neither IPv4 nor IPv6";
        ServiceIncomplete: EINVAL, "SERVICE needs SCHED_NAME, FLAGS, TIMEOUT, NETMASK";
        ServicePrefix: EINVAL, "SERVICE.NETMASK of IPv6 is not a prefix length of 1 to 128";
        DestMissing: EINVAL, "DEST is missing";
        DestAddr: EINVAL, "DEST.ADDR is longer than 16 bytes";
        DestPort: EINVAL, "DEST.PORT is shorter than 2 bytes";
        DestFwdMethod: EINVAL, "DEST.FWD_METHOD is shorter than 4 bytes";
        DestWeight: EINVAL, "DEST.WEIGHT is shorter than 4 bytes";
        DestUThresh: EINVAL, "DEST.U_THRESH is shorter than 4 bytes";
        DestLThresh: EINVAL, "DEST.L_THRESH is shorter than 4 bytes";
        DestConns: EINVAL, "DEST.*_CONNS is shorter than 4 bytes";
        DestStats: EINVAL, "DEST.STATS is not a nest";
        DestAddrFamily: EINVAL, "DEST.ADDR_FAMILY is shorter than 2 bytes";
        DestTunType: EINVAL, "DEST.TUN_TYPE is empty";
        DestTunPort: EINVAL, "DEST.TUN_PORT is shorter than 2 bytes";
        DestTunFlags: EINVAL, "DEST.TUN_FLAGS is shorter than 2 bytes";
        DestId: EINVAL, "DEST needs ADDR and PORT";
        DestIncomplete: EINVAL, "DEST needs FWD_METHOD, WEIGHT, U_THRESH, L_THRESH";
        DestFamily: EAFNOSUPPORT, "DEST.ADDR_FAMILY is neither IPv4 nor IPv6";
        DestMixedFamily: EINVAL, "DEST of another family than its SERVICE needs tunneling";
        DestWeightRange: ERANGE, "DEST.WEIGHT is above 2147483647";
        DestThresholds: ERANGE, "DEST.L_THRESH is above U_THRESH";
        DestUThreshRange: EINVAL, "DEST.U_THRESH is above 2147483647";
        DestGuePort: EINVAL, "DEST.TUN_PORT of a GUE tunnel is 0 or missing";
        DaemonMissing: EINVAL, "DAEMON is missing";
        DaemonState: EINVAL, "DAEMON.STATE is shorter than 4 bytes";
        DaemonMcastIfn: EINVAL, "DAEMON.MCAST_IFN is not a string of up to 15 characters";
        DaemonSyncId: EINVAL, "DAEMON.SYNC_ID is shorter than 4 bytes";
        DaemonSyncMaxlen: EINVAL, "DAEMON.SYNC_MAXLEN is shorter than 2 bytes";
        DaemonMcastGroup: EINVAL, "DAEMON.MCAST_GROUP is shorter than 4 bytes";
        DaemonMcastGroup6: EINVAL, "DAEMON.MCAST_GROUP6 is shorter than 16 bytes";
        DaemonMcastPort: EINVAL, "DAEMON.MCAST_PORT is shorter than 2 bytes";
        DaemonMcastTtl: EINVAL, "DAEMON.MCAST_TTL is empty";
        DaemonIncomplete: EINVAL, "DAEMON needs STATE, MCAST_IFN, SYNC_ID";
        DaemonNoState: EINVAL, "DAEMON needs STATE";
        DaemonGroupNotMulticast: EINVAL, "DAEMON.MCAST_GROUP is not a multicast address";
        DaemonGroup6NotMulticast: EINVAL, "DAEMON.MCAST_GROUP6 is not a multicast address";
        DaemonStateUnknown: EINVAL, "DAEMON.STATE is neither 1 (master) nor 2 (backup)";
        ConfigTimeout: EINVAL, "TIMEOUT_* is longer than the kernel can count";
    }
}

errors! {
    /// What a request says does not go with the state of the kernel.
    StateError {
        FamilyUnavailable: EAFNOSUPPORT, "SERVICE.AF is IPv6, which is disabled";
        ServiceExists: EEXIST, "SERVICE exists";
        ServiceUnknown: ESRCH, "SERVICE does not exist";
        SchedulerUnknown: ENOENT, "SERVICE.SCHED_NAME is not a scheduler of this kernel";
        SchedulerTooMany: EINVAL, "SERVICE has more destinations than the scheduler mh takes, 4093";
        EngineUnknown: ENOENT, "SERVICE.PE_NAME is not a persistence engine of this kernel";
        DestMixedWithDaemon: EINVAL, "DEST of another family than its SERVICE excludes sync daemons";
        DestExists: EEXIST, "DEST exists";
        DestUnknown: ENOENT, "DEST does not exist";
        DaemonMixed: EINVAL, "DAEMON excludes destinations of another family than their service";
        DaemonInterface: ENODEV, "DAEMON.MCAST_IFN is not an interface of this namespace";
        DaemonUnknown: ESRCH, "DAEMON is not running";
        DestAddress: EINVAL, "DEST.ADDR is neither unicast nor an address of this host";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(errno: i32, message: &CStr) {
        let text = message.to_str().unwrap();

        assert!(errno > 0);
        assert!(["SERVICE", "DEST", "DAEMON", "TIMEOUT"]
            .iter()
            .any(|start| text.starts_with(start)));
        // NETLINK_MAX_FMTMSG_LEN
        assert!(text.len() < 80, "{text}");
        assert!(text.is_ascii());
    }

    #[test]
    fn every_refusal_says_why() {
        for error in SpecError::ALL {
            check(error.errno(), error.message());
        }
        for error in StateError::ALL {
            check(error.errno(), error.message());
        }
    }

    #[test]
    fn numbers() {
        assert_eq!(SpecError::DestWeightRange.errno(), 34);
        assert_eq!(SpecError::ServiceFamily.errno(), 97);
        assert_eq!(SpecError::ServiceId.errno(), 22);
        assert_eq!(StateError::ServiceExists.errno(), 17);
        assert_eq!(StateError::ServiceUnknown.errno(), 3);
        assert_eq!(StateError::DestUnknown.errno(), 2);
    }
}
