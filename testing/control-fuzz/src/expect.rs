// SPDX-License-Identifier: GPL-2.0

//! Which answers may be given.

use ipvs_core::uapi::cmd::Command;
use libc::{
    EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, EALREADY, EEXIST, EINVAL, ENODEV, ENOENT, EOPNOTSUPP,
    ERANGE, ESRCH, ESTALE,
};

use crate::request::Request;

/// The name under which a request is counted.
pub fn name(request: &Request) -> String {
    let dump = if request.is_dump() { " dump" } else { "" };
    match Command::from_u8(request.command) {
        Some(command) => format!("{command:?}{dump}"),
        None => format!("unknown{dump}"),
    }
}

/// Those that this module and C `ip_vs` answer by the way they are asked.
fn is_offered(command: Command, dump: bool) -> bool {
    use Command::*;
    match command {
        GetService => true,
        GetDest | GetDaemon => dump,
        SetInfo => false,
        // Not by C, which gets none of these to compare.
        Explain => true,
        GetConn | GetReasons | GetTotals => dump,
        Event => false,
        _ => !dump,
    }
}

/// What a command may be answered with, apart from success, when it is offered.
fn errors(command: Command, dump: bool) -> &'static [i32] {
    use Command::*;
    match command {
        GetConn => return &[EINVAL, ERANGE, EAFNOSUPPORT],
        Explain | GetReasons => return &[EINVAL, ERANGE, EAFNOSUPPORT, ESRCH],
        GetTotals => return &[EINVAL],
        _ => {}
    }
    if dump {
        // What a dump cannot read it passes over.
        return &[];
    }
    match command {
        NewService => &[EINVAL, ERANGE, EAFNOSUPPORT, EEXIST, ENOENT],
        SetService => &[EINVAL, ERANGE, EAFNOSUPPORT, ESRCH, ENOENT],
        DelService | GetService | Zero => &[EINVAL, ERANGE, EAFNOSUPPORT, ESRCH],
        NewDest => &[EINVAL, ERANGE, EAFNOSUPPORT, ESRCH, EEXIST],
        DelDest | Feedback => &[EINVAL, ERANGE, EAFNOSUPPORT, ESRCH, ENOENT],
        SetDest => &[EINVAL, ERANGE, EAFNOSUPPORT, ESRCH, ENOENT, ESTALE],
        Drain => &[EINVAL, ERANGE, EAFNOSUPPORT, ESRCH, ENOENT, EALREADY],
        Apply => &[EINVAL, ERANGE, EAFNOSUPPORT, ESRCH, EEXIST, ENOENT, ESTALE],
        NewDaemon => &[
            EINVAL,
            ERANGE,
            ENODEV,
            EEXIST,
            EAFNOSUPPORT,
            EADDRINUSE,
            EADDRNOTAVAIL,
            EOPNOTSUPP,
        ],
        DelDaemon => &[EINVAL, ERANGE, ESRCH],
        // A number that is too short, in an attribute that nobody wants.
        SetConfig | GetConfig | GetInfo | Flush => &[EINVAL, ERANGE],
        DelConn => &[EINVAL, ERANGE, EAFNOSUPPORT],
        GetDest | GetDaemon | SetInfo | Event | GetConn | Explain | GetReasons | GetTotals => &[],
    }
}

/// Whether a request may be answered so; 0 is success.
pub fn allows(request: &Request, errno: i32) -> bool {
    let dump = request.is_dump();
    match Command::from_u8(request.command) {
        Some(command) if is_offered(command, dump) => {
            errno == 0 || errors(command, dump).contains(&errno)
        }
        _ => errno == EOPNOTSUPP,
    }
}

/// What must have succeeded at least once, if it was asked for often.
pub fn must_succeed(name: &str) -> bool {
    use Command::*;
    if let Some((kind, what)) = name.split_once(' ').filter(|(_, what)| *what != "dump") {
        return match kind {
            "set" | "get" => !["unknown", "Startdaemon", "Stopdaemon"].contains(&what),
            kind => kind == "write",
        };
    }
    (0..=u8::MAX).filter_map(Command::from_u8).any(|command| {
        [false, true].into_iter().any(|dump| {
            let suffix = if dump { " dump" } else { "" };
            // Sync daemons need a network, and are not to be had everywhere.
            is_offered(command, dump)
                && !matches!(command, NewDaemon | DelDaemon)
                && name == format!("{command:?}{suffix}")
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Draw;
    use crate::request::EVERYTHING;

    #[test]
    fn memory_is_never_short() {
        let mut draw = Draw::new(1, 0);
        for _ in 0..1000 {
            let request = Request::broken(&mut draw, &EVERYTHING);
            for errno in [libc::ENOMEM, libc::EPERM, libc::EFAULT, libc::EMSGSIZE] {
                assert!(!allows(&request, errno));
            }
        }
    }

    #[test]
    fn what_is_not_offered_is_not_supported() {
        let mut draw = Draw::new(1, 0);
        let mut request = Request::valid(&mut draw, &EVERYTHING);
        request.flags = libc::NLM_F_DUMP as u16;
        request.command = Command::NewService as u8;
        assert!(allows(&request, EOPNOTSUPP) && !allows(&request, 0));
        request.command = Command::GetService as u8;
        assert!(!allows(&request, EOPNOTSUPP) && allows(&request, 0));
        request.command = 99;
        assert!(allows(&request, EOPNOTSUPP) && !allows(&request, EINVAL));
        assert_eq!(name(&request), "unknown dump");
    }

    #[test]
    fn what_has_to_succeed() {
        assert!(must_succeed("NewService") && must_succeed("GetDest dump"));
        assert!(must_succeed("Apply") && must_succeed("GetTotals dump"));
        assert!(must_succeed("Explain") && must_succeed("Explain dump"));
        assert!(!must_succeed("Event") && !must_succeed("GetReasons"));
        assert!(!must_succeed("NewService dump") && !must_succeed("SetInfo"));
        assert!(must_succeed("set Add") && must_succeed("write conn_max"));
        assert!(!must_succeed("set unknown") && !must_succeed("read ip_vs_app"));
        assert!(!must_succeed("NewDaemon") && !must_succeed("unknown"));
    }
}
