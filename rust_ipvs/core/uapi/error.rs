// SPDX-License-Identifier: GPL-2.0

//! Why a request is refused: a number for programs, a sentence for people.

use core::ffi::CStr;

use super::apply::{
    APPLY,
    COMMAND,
    EXPECT,
    GENERATION, //
};
use super::attr::{
    cmd,
    daemon,
    dest,
    svc, //
};
use super::conn::{
    attr as conn,
    CONN, //
};
use super::drain::{
    attr as drain,
    DRAIN, //
};
use super::explain::{
    attr as explain,
    EXPLAIN, //
};
use super::feedback::{
    attr as feedback,
    FEEDBACK, //
};
use super::policy::POLICY;
use super::service_name::SERVICE_NAME;
use super::slow_start::SLOW_START;

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
    /// It is so already.
    pub const EALREADY: i32 = 114;
    /// What was known is no longer so.
    pub const ESTALE: i32 = 116;
}

/// Which attribute of a request is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// An attribute of this type would have to be there.
    Missing(u16),
    /// One of the message itself, with all that is in it.
    Of(u16),
    /// In a nest of the message, first, an attribute.
    In(u16, u16),
}

use errno::*;
use Place::*;

macro_rules! errors {
    ($(#[$doc:meta])* $name:ident { $($variant:ident: $errno:ident, $place:expr, $message:literal;)* }) => {
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

            /// The attribute that it is about.
            pub const fn place(self) -> Place {
                match self {
                    $(Self::$variant => $place,)*
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
        ServiceMissing: EINVAL, Missing(cmd::SERVICE), "SERVICE is missing";
        ServiceAf: EINVAL, In(cmd::SERVICE, svc::AF), "SERVICE.AF is shorter than 2 bytes";
        ServiceProtocol: EINVAL, In(cmd::SERVICE, svc::PROTOCOL), "SERVICE.PROTOCOL is shorter than 2 bytes";
        ServiceAddr: EINVAL, In(cmd::SERVICE, svc::ADDR), "SERVICE.ADDR is longer than 16 bytes";
        ServicePort: EINVAL, In(cmd::SERVICE, svc::PORT), "SERVICE.PORT is shorter than 2 bytes";
        ServiceFwmark: EINVAL, In(cmd::SERVICE, svc::FWMARK), "SERVICE.FWMARK is shorter than 4 bytes";
        ServiceSchedName: EINVAL, In(cmd::SERVICE, svc::SCHED_NAME), "SERVICE.SCHED_NAME is not a string of up to 15 characters";
        ServiceFlags: EINVAL, In(cmd::SERVICE, svc::FLAGS), "SERVICE.FLAGS is longer than 8 bytes";
        ServiceTimeout: EINVAL, In(cmd::SERVICE, svc::TIMEOUT), "SERVICE.TIMEOUT is shorter than 4 bytes";
        ServiceNetmask: EINVAL, In(cmd::SERVICE, svc::NETMASK), "SERVICE.NETMASK is shorter than 4 bytes";
        ServiceSlowStart: EINVAL, In(cmd::SERVICE, SLOW_START), "SERVICE.SLOW_START is shorter than 4 bytes";
        ServicePolicy: EINVAL, In(cmd::SERVICE, POLICY), "SERVICE.POLICY is not a nest";
        PolicyTcp: EINVAL, In(cmd::SERVICE, POLICY), "SERVICE.POLICY.TCP is neither empty nor 1 to 2147483 seconds";
        PolicyFin: EINVAL, In(cmd::SERVICE, POLICY), "SERVICE.POLICY.FIN is neither empty nor 1 to 2147483 seconds";
        PolicyUdp: EINVAL, In(cmd::SERVICE, POLICY), "SERVICE.POLICY.UDP is neither empty nor 1 to 2147483 seconds";
        PolicySynRecv: EINVAL, In(cmd::SERVICE, POLICY), "SERVICE.POLICY.SYN_RECV is neither empty nor 1 to 2147483 seconds";
        PolicyCloseWait: EINVAL, In(cmd::SERVICE, POLICY), "SERVICE.POLICY.CLOSE_WAIT is neither empty nor 1 to 2147483 seconds";
        PolicyReuse: EINVAL, In(cmd::SERVICE, POLICY), "SERVICE.POLICY.REUSE is neither empty nor 0 to 3";
        PolicyNodest: EINVAL, In(cmd::SERVICE, POLICY), "SERVICE.POLICY.NODEST is neither empty nor 0 or 1";
        PolicyQuiescent: EINVAL, In(cmd::SERVICE, POLICY), "SERVICE.POLICY.QUIESCENT is neither empty nor 0 or 1";
        PolicySloppyTcp: EINVAL, In(cmd::SERVICE, POLICY), "SERVICE.POLICY.SLOPPY_TCP is neither empty nor 0 or 1";
        PolicySloppySctp: EINVAL, In(cmd::SERVICE, POLICY), "SERVICE.POLICY.SLOPPY_SCTP is neither empty nor 0 or 1";
        ServiceName: EINVAL, In(cmd::SERVICE, SERVICE_NAME), "SERVICE.NAME is not a word of up to 63 letters, digits or -_.:/@+";
        ServiceStats: EINVAL, In(cmd::SERVICE, svc::STATS), "SERVICE.STATS is not a nest";
        ServicePeName: EINVAL, In(cmd::SERVICE, svc::PE_NAME), "SERVICE.PE_NAME is not a string of up to 16 characters";
        ServiceId: EINVAL, Of(cmd::SERVICE), "SERVICE needs AF, and FWMARK or all of PROTOCOL, ADDR, PORT";
        ServiceFamily: EAFNOSUPPORT, In(cmd::SERVICE, svc::AF), "SERVICE.AF is neither IPv4 nor IPv6";
        ServiceIncomplete: EINVAL, Of(cmd::SERVICE), "SERVICE needs SCHED_NAME, FLAGS, TIMEOUT, NETMASK";
        ServicePrefix: EINVAL, In(cmd::SERVICE, svc::NETMASK), "SERVICE.NETMASK of IPv6 is not a prefix length of 1 to 128";
        DestMissing: EINVAL, Missing(cmd::DEST), "DEST is missing";
        DestAddr: EINVAL, In(cmd::DEST, dest::ADDR), "DEST.ADDR is longer than 16 bytes";
        DestPort: EINVAL, In(cmd::DEST, dest::PORT), "DEST.PORT is shorter than 2 bytes";
        DestFwdMethod: EINVAL, In(cmd::DEST, dest::FWD_METHOD), "DEST.FWD_METHOD is shorter than 4 bytes";
        DestWeight: EINVAL, In(cmd::DEST, dest::WEIGHT), "DEST.WEIGHT is shorter than 4 bytes";
        DestUThresh: EINVAL, In(cmd::DEST, dest::U_THRESH), "DEST.U_THRESH is shorter than 4 bytes";
        DestLThresh: EINVAL, In(cmd::DEST, dest::L_THRESH), "DEST.L_THRESH is shorter than 4 bytes";
        DestActiveConns: EINVAL, In(cmd::DEST, dest::ACTIVE_CONNS), "DEST.ACTIVE_CONNS is shorter than 4 bytes";
        DestInactConns: EINVAL, In(cmd::DEST, dest::INACT_CONNS), "DEST.INACT_CONNS is shorter than 4 bytes";
        DestPersistConns: EINVAL, In(cmd::DEST, dest::PERSIST_CONNS), "DEST.PERSIST_CONNS is shorter than 4 bytes";
        DestStats: EINVAL, In(cmd::DEST, dest::STATS), "DEST.STATS is not a nest";
        DestAddrFamily: EINVAL, In(cmd::DEST, dest::ADDR_FAMILY), "DEST.ADDR_FAMILY is shorter than 2 bytes";
        DestTunType: EINVAL, In(cmd::DEST, dest::TUN_TYPE), "DEST.TUN_TYPE is empty";
        DestTunPort: EINVAL, In(cmd::DEST, dest::TUN_PORT), "DEST.TUN_PORT is shorter than 2 bytes";
        DestTunFlags: EINVAL, In(cmd::DEST, dest::TUN_FLAGS), "DEST.TUN_FLAGS is shorter than 2 bytes";
        DestId: EINVAL, Of(cmd::DEST), "DEST needs ADDR and PORT";
        DestIncomplete: EINVAL, Of(cmd::DEST), "DEST needs FWD_METHOD, WEIGHT, U_THRESH, L_THRESH";
        DestFamily: EAFNOSUPPORT, In(cmd::DEST, dest::ADDR_FAMILY), "DEST.ADDR_FAMILY is neither IPv4 nor IPv6";
        DestMixedFamily: EINVAL, Of(cmd::DEST), "DEST of another family than its SERVICE needs tunneling";
        DestWeightRange: ERANGE, In(cmd::DEST, dest::WEIGHT), "DEST.WEIGHT is above 2147483647";
        DestThresholds: ERANGE, In(cmd::DEST, dest::L_THRESH), "DEST.L_THRESH is above U_THRESH";
        DestUThreshRange: EINVAL, In(cmd::DEST, dest::U_THRESH), "DEST.U_THRESH is above 2147483647";
        DestGuePort: EINVAL, In(cmd::DEST, dest::TUN_PORT), "DEST.TUN_PORT of a GUE tunnel is 0 or missing";
        DestExpect: EINVAL, In(cmd::DEST, EXPECT), "DEST.EXPECT is shorter than 4 bytes";
        ApplyGeneration: EINVAL, Of(GENERATION), "GENERATION is shorter than 4 bytes";
        ApplyService: EINVAL, In(APPLY, cmd::SERVICE), "SERVICE is not a nest";
        ApplyDest: EINVAL, In(APPLY, cmd::DEST), "DEST is not a nest";
        ApplyCommand: EINVAL, In(APPLY, COMMAND), "COMMAND is shorter than 4 bytes";
        ApplyNoCommand: EINVAL, Missing(COMMAND), "COMMAND is missing";
        ApplyUnknown: EINVAL, In(APPLY, COMMAND), "COMMAND changes neither a service nor a destination";
        DaemonMissing: EINVAL, Missing(cmd::DAEMON), "DAEMON is missing";
        DaemonState: EINVAL, In(cmd::DAEMON, daemon::STATE), "DAEMON.STATE is shorter than 4 bytes";
        DaemonMcastIfn: EINVAL, In(cmd::DAEMON, daemon::MCAST_IFN), "DAEMON.MCAST_IFN is not a string of up to 15 characters";
        DaemonSyncId: EINVAL, In(cmd::DAEMON, daemon::SYNC_ID), "DAEMON.SYNC_ID is shorter than 4 bytes";
        DaemonSyncMaxlen: EINVAL, In(cmd::DAEMON, daemon::SYNC_MAXLEN), "DAEMON.SYNC_MAXLEN is shorter than 2 bytes";
        DaemonMcastGroup: EINVAL, In(cmd::DAEMON, daemon::MCAST_GROUP), "DAEMON.MCAST_GROUP is shorter than 4 bytes";
        DaemonMcastGroup6: EINVAL, In(cmd::DAEMON, daemon::MCAST_GROUP6), "DAEMON.MCAST_GROUP6 is shorter than 16 bytes";
        DaemonMcastPort: EINVAL, In(cmd::DAEMON, daemon::MCAST_PORT), "DAEMON.MCAST_PORT is shorter than 2 bytes";
        DaemonMcastTtl: EINVAL, In(cmd::DAEMON, daemon::MCAST_TTL), "DAEMON.MCAST_TTL is empty";
        DaemonIncomplete: EINVAL, Of(cmd::DAEMON), "DAEMON needs STATE, MCAST_IFN, SYNC_ID";
        DaemonNoState: EINVAL, Of(cmd::DAEMON), "DAEMON needs STATE";
        DaemonGroupNotMulticast: EINVAL, In(cmd::DAEMON, daemon::MCAST_GROUP), "DAEMON.MCAST_GROUP is not a multicast address";
        DaemonGroup6NotMulticast: EINVAL, In(cmd::DAEMON, daemon::MCAST_GROUP6), "DAEMON.MCAST_GROUP6 is not a multicast address";
        DaemonStateUnknown: EINVAL, In(cmd::DAEMON, daemon::STATE), "DAEMON.STATE is neither 1 (master) nor 2 (backup)";
        DrainDeadline: EINVAL, In(DRAIN, drain::DEADLINE), "DRAIN.DEADLINE is shorter than 4 bytes";
        DrainAction: EINVAL, In(DRAIN, drain::ACTION), "DRAIN.ACTION is shorter than 4 bytes";
        DrainActionUnknown: EINVAL, In(DRAIN, drain::ACTION), "DRAIN.ACTION is none of 0 (keep), 1 (reset), 2 (forget)";
        DrainCancel: EINVAL, In(DRAIN, drain::CANCEL), "DRAIN.CANCEL excludes DEADLINE and ACTION";
        ConnAf: EINVAL, In(CONN, conn::AF), "CONN.AF is shorter than 2 bytes";
        ConnFamily: EAFNOSUPPORT, In(CONN, conn::AF), "CONN.AF is neither IPv4 nor IPv6";
        ConnProtocol: EINVAL, In(CONN, conn::PROTOCOL), "CONN.PROTOCOL is shorter than 2 bytes";
        ConnClient: EINVAL, In(CONN, conn::CLIENT), "CONN.CLIENT is not 4 or 16 bytes long";
        ConnClientPrefix: EINVAL, In(CONN, conn::CLIENT_PREFIX), "CONN.CLIENT_PREFIX is empty";
        ConnClientPrefixRange: EINVAL, In(CONN, conn::CLIENT_PREFIX), "CONN.CLIENT_PREFIX is longer than the address";
        ConnPrefixAlone: EINVAL, In(CONN, conn::CLIENT_PREFIX), "CONN.CLIENT_PREFIX needs CLIENT";
        ConnClientPort: EINVAL, In(CONN, conn::CLIENT_PORT), "CONN.CLIENT_PORT is shorter than 2 bytes";
        ConnVirtual: EINVAL, In(CONN, conn::VIRTUAL), "CONN.VIRTUAL is not 4 or 16 bytes long";
        ConnVirtualPort: EINVAL, In(CONN, conn::VIRTUAL_PORT), "CONN.VIRTUAL_PORT is shorter than 2 bytes";
        ConnServer: EINVAL, In(CONN, conn::SERVER), "CONN.SERVER is not 4 or 16 bytes long";
        ConnServerPort: EINVAL, In(CONN, conn::SERVER_PORT), "CONN.SERVER_PORT is shorter than 2 bytes";
        ConnState: EINVAL, In(CONN, conn::STATE), "CONN.STATE is not a string of up to 15 characters";
        ConnIdle: EINVAL, In(CONN, conn::IDLE), "CONN.IDLE is shorter than 8 bytes";
        ConnAge: EINVAL, In(CONN, conn::AGE), "CONN.AGE is shorter than 8 bytes";
        ConnFlags: EINVAL, In(CONN, conn::FLAGS), "CONN.FLAGS is shorter than 4 bytes";
        ConnFlagsUnknown: EINVAL, In(CONN, conn::FLAGS), "CONN.FLAGS has one that does not exist";
        ConnCookie: EINVAL, In(CONN, conn::COOKIE), "CONN.COOKIE is shorter than 8 bytes";
        ConnSelectsAll: EINVAL, Of(CONN), "CONN selects nothing, and its flag ALL is not set";
        FeedbackMissing: EINVAL, Missing(FEEDBACK), "FEEDBACK is missing";
        FeedbackIncomplete: EINVAL, Of(FEEDBACK), "FEEDBACK needs OFF, or LIFETIME and REPORT";
        FeedbackLifetime: EINVAL, In(FEEDBACK, feedback::LIFETIME), "FEEDBACK.LIFETIME is not from 1 to 86400000 (milliseconds)";
        FeedbackReport: EINVAL, In(FEEDBACK, feedback::REPORT), "FEEDBACK.REPORT needs ADDR, PORT, FEEDBACK";
        ExplainMissing: EINVAL, Missing(EXPLAIN), "EXPLAIN is missing";
        ExplainAf: EINVAL, In(EXPLAIN, explain::AF), "EXPLAIN.AF is shorter than 2 bytes";
        ExplainProtocol: EINVAL, In(EXPLAIN, explain::PROTOCOL), "EXPLAIN.PROTOCOL is shorter than 2 bytes or above 255";
        ExplainClient: EINVAL, In(EXPLAIN, explain::CLIENT), "EXPLAIN.CLIENT is longer than 16 bytes";
        ExplainClientPort: EINVAL, In(EXPLAIN, explain::CLIENT_PORT), "EXPLAIN.CLIENT_PORT is shorter than 2 bytes";
        ExplainAddr: EINVAL, In(EXPLAIN, explain::ADDR), "EXPLAIN.ADDR is longer than 16 bytes";
        ExplainPort: EINVAL, In(EXPLAIN, explain::PORT), "EXPLAIN.PORT is shorter than 2 bytes";
        ExplainMark: EINVAL, In(EXPLAIN, explain::MARK), "EXPLAIN.MARK is shorter than 4 bytes";
        ExplainIncomplete: EINVAL, Of(EXPLAIN), "EXPLAIN needs AF, PROTOCOL, CLIENT, CLIENT_PORT, ADDR, PORT";
        ExplainFamily: EAFNOSUPPORT, In(EXPLAIN, explain::AF), "EXPLAIN.AF is neither IPv4 nor IPv6";
        ConfigTcp: EINVAL, Of(cmd::TIMEOUT_TCP), "TIMEOUT_TCP is longer than the kernel can count";
        ConfigTcpFin: EINVAL, Of(cmd::TIMEOUT_TCP_FIN), "TIMEOUT_TCP_FIN is longer than the kernel can count";
        ConfigUdp: EINVAL, Of(cmd::TIMEOUT_UDP), "TIMEOUT_UDP is longer than the kernel can count";
    }
}

errors! {
    /// What a request says does not go with the state of the kernel.
    StateError {
        FamilyUnavailable: EAFNOSUPPORT, In(cmd::SERVICE, svc::AF), "SERVICE.AF is IPv6, which is disabled";
        ServiceExists: EEXIST, Of(cmd::SERVICE), "SERVICE exists";
        ServiceUnknown: ESRCH, Of(cmd::SERVICE), "SERVICE does not exist";
        SchedulerUnknown: ENOENT, In(cmd::SERVICE, svc::SCHED_NAME), "SERVICE.SCHED_NAME is not a scheduler of this kernel";
        SchedulerTooMany: EINVAL, Of(cmd::SERVICE), "SERVICE has more destinations than the scheduler mh takes, 4093";
        EngineUnknown: ENOENT, In(cmd::SERVICE, svc::PE_NAME), "SERVICE.PE_NAME is not a persistence engine of this kernel";
        DestMixedWithDaemon: EINVAL, Of(cmd::DEST), "DEST of another family than its SERVICE excludes sync daemons";
        DestExists: EEXIST, Of(cmd::DEST), "DEST exists";
        DestUnknown: ENOENT, Of(cmd::DEST), "DEST does not exist";
        DestNotDraining: EALREADY, Of(cmd::DEST), "DEST is not draining";
        DestNotExpected: ESTALE, In(cmd::DEST, EXPECT), "DEST has another weight than EXPECT says";
        ServiceGoes: EINVAL, Of(cmd::SERVICE), "SERVICE is deleted by another change";
        ChangedTwice: EINVAL, Of(APPLY), "SERVICE or DEST is changed by another change, too";
        OtherGeneration: ESTALE, Of(GENERATION), "GENERATION is another one: the table has been changed";
        DaemonMixed: EINVAL, Of(cmd::DAEMON), "DAEMON excludes destinations of another family than their service";
        DaemonInterface: ENODEV, In(cmd::DAEMON, daemon::MCAST_IFN), "DAEMON.MCAST_IFN is not an interface of this namespace";
        DaemonUnknown: ESRCH, Of(cmd::DAEMON), "DAEMON is not running";
        ExplainNothing: ESRCH, Of(EXPLAIN), "EXPLAIN: there has been no service yet";
        DestAddress: EINVAL, In(cmd::DEST, dest::ADDR), "DEST.ADDR is neither unicast nor an address of this host";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(errno: i32, message: &CStr) {
        let text = message.to_str().unwrap();

        assert!(errno > 0);
        assert!(text.starts_with(|first: char| first.is_ascii_uppercase()));
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
