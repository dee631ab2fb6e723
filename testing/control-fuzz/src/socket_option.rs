// SPDX-License-Identifier: GPL-2.0

//! Requests by options of a socket.

use std::fmt;

use ipvs_core::uapi::sockopt::layout::{
    daemon_user,
    dest_user,
    get_dests,
    get_services,
    getinfo,
    service_entry,
    service_user,
    timeout_user, //
};
use ipvs_core::uapi::sockopt::{Get, Set, BASE_CTL, SET_MAX, VERSION_SIZE};
use libc::{
    EADDRINUSE, EEXIST, EFAULT, EINVAL, ENODEV, ENOENT, ENOPROTOOPT, EOPNOTSUPP, ERANGE, ESRCH,
};

use crate::draw::Draw;
use crate::mutate::change_bytes;
use crate::request::{which, Identity, Vocabulary, DEST_ADDRS};

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketOption {
    /// Whether something is set, not asked for.
    pub set: bool,
    /// The option, of [`Set`] or [`Get`] or not.
    pub number: i32,
    /// The length that it is said to have.
    pub len: i32,
    /// What is in the buffer; `None` if there is no memory at its address.
    pub data: Option<Vec<u8>>,
}

impl SocketOption {
    /// As any program might send it.
    pub fn valid(draw: &mut Draw, words: &Vocabulary) -> Self {
        if draw.percent(30) {
            return Self::question(draw);
        }
        let option = draw.weighted(&[
            (40, Set::Add),
            (16, Set::Edit),
            (8, Set::Del),
            (4, Set::Zero),
            (40, Set::Adddest),
            (24, Set::Editdest),
            (8, Set::Deldest),
            (4, Set::Timeout),
            (2, Set::Startdaemon),
            (2, Set::Stopdaemon),
            (1, Set::Flush),
        ]);
        let data = match option {
            Set::Add | Set::Edit | Set::Del | Set::Zero => service(draw, words),
            Set::Adddest | Set::Editdest | Set::Deldest => {
                [service(draw, words), destination(draw)].concat()
            }
            Set::Timeout => timeouts(draw),
            Set::Startdaemon | Set::Stopdaemon => sync_daemon(draw, words),
            Set::Flush => vec![],
        };
        Self {
            set: true,
            number: option as i32,
            len: data.len() as i32,
            data: Some(data),
        }
    }

    fn question(draw: &mut Draw) -> Self {
        let option = draw.pick(&[
            Get::Version,
            Get::Info,
            Get::Services,
            Get::Services,
            Get::Service,
            Get::Service,
            Get::Dests,
            Get::Dests,
            Get::Timeout,
            Get::Daemon,
        ]);
        let who = identity(draw);
        let count = draw.below(12);
        let (data, room) = match option {
            Get::Version => (vec![], VERSION_SIZE),
            Get::Info => (vec![], getinfo::NUM_SERVICES + 4),
            Get::Timeout => (vec![], timeout_user::SIZE),
            Get::Daemon => (vec![], 2 * daemon_user::SIZE),
            Get::Service => (who, service_entry::SIZE),
            Get::Services => {
                let mut data = vec![0; get_services::ENTRYTABLE];
                put(
                    &mut data,
                    get_services::NUM_SERVICES,
                    &(count as u32).to_ne_bytes(),
                );
                (data, get_services::ENTRYTABLE + count * service_entry::SIZE)
            }
            Get::Dests => {
                let size = ipvs_core::uapi::sockopt::layout::dest_entry::SIZE;
                let count = count % 5;
                let mut data = who[..get_dests::NUM_DESTS].to_vec();
                data.resize(get_dests::ENTRYTABLE, 0);
                put(
                    &mut data,
                    get_dests::NUM_DESTS,
                    &(count as u32).to_ne_bytes(),
                );
                (data, get_dests::ENTRYTABLE + count * size)
            }
        };
        Self {
            set: false,
            number: option as i32,
            len: room as i32,
            data: Some(data),
        }
    }

    /// With something wrong.
    pub fn broken(draw: &mut Draw, words: &Vocabulary) -> Self {
        let mut option = Self::valid(draw, words);
        match draw.below(10) {
            0 => {
                option.number = BASE_CTL - 2 + draw.below((SET_MAX - BASE_CTL) as usize + 6) as i32
            }
            1 => option.data = None,
            2 => option.len = draw.pick(&[-1, 0, 1, i32::MIN, option.len / 2, option.len * 2]),
            3 => option.len += draw.pick(&[-1, 1, 4, -4, 104, 96, 100_000]),
            4 => option.set = !option.set,
            5 => {
                // A count that has nothing to do with the room.
                if let Some(data) = &mut option.data {
                    let at = draw.pick(&[get_services::NUM_SERVICES, get_dests::NUM_DESTS]);
                    put(data, at, &(draw.edge() as u32).to_ne_bytes());
                }
            }
            6 => {
                if let Some(data) = &mut option.data {
                    put(data, service_user::SCHED_NAME, &[b'x'; 16]);
                }
            }
            _ => {
                if let Some(data) = &mut option.data {
                    for _ in 0..1 + draw.below(3) {
                        change_bytes(draw, data);
                    }
                    if draw.percent(50) {
                        option.len = data.len() as i32;
                    }
                }
            }
        }
        option
    }

    /// With a mark or with an address, not both: C keeps what does nothing beside a mark
    /// (`Documentation/differences.rst`).
    pub fn without_both(mut self) -> Self {
        let names_a_service = match self.set {
            true => !matches!(
                Set::from_number(self.number),
                None | Some(Set::Flush | Set::Timeout | Set::Startdaemon | Set::Stopdaemon)
            ),
            false => matches!(
                Get::from_number(self.number),
                Some(Get::Service | Get::Dests)
            ),
        };
        let key = self.data.as_deref_mut().filter(|_| names_a_service);
        if let Some(key) = key.and_then(|data| data.get_mut(..service_user::SCHED_NAME)) {
            let (address, mark) = key.split_at_mut(service_user::FWMARK);
            let plain = (libc::IPPROTO_TCP as u16).to_ne_bytes();
            let by_mark = address[..2] == plain && address[4..].iter().all(|byte| *byte == 0);
            if !by_mark {
                mark.fill(0);
            }
        }
        self
    }

    /// The name under which it is counted.
    pub fn name(&self) -> String {
        let known = match self.set {
            true => Set::from_number(self.number).map(|option| format!("{option:?}")),
            false => Get::from_number(self.number).map(|option| format!("{option:?}")),
        };
        let kind = if self.set { "set" } else { "get" };
        format!("{kind} {}", known.unwrap_or_else(|| "unknown".into()))
    }

    /// Whether it may be answered so.
    pub fn allows(&self, errno: i32) -> bool {
        let errors: &[i32] = match self.set {
            true => match Set::from_number(self.number) {
                Some(Set::Add) => &[EEXIST, ENOENT],
                Some(Set::Edit) => &[ESRCH, ENOENT],
                Some(Set::Del | Set::Zero) => &[ESRCH],
                Some(Set::Adddest) => &[ESRCH, EEXIST, ERANGE],
                Some(Set::Editdest | Set::Deldest) => &[ESRCH, ENOENT, ERANGE],
                Some(Set::Startdaemon) => &[ENODEV, EEXIST, EOPNOTSUPP, EADDRINUSE],
                Some(Set::Stopdaemon) => &[ESRCH],
                Some(Set::Flush | Set::Timeout) => &[],
                None => &[ENOPROTOOPT],
            },
            false => match Get::from_number(self.number) {
                Some(Get::Service | Get::Dests) => &[ESRCH],
                Some(_) => &[],
                None => &[ENOPROTOOPT],
            },
        };
        [0, EINVAL, EFAULT].contains(&errno) || errors.contains(&errno)
    }

    /// What of an answer has to be the same each time.
    pub fn comparable(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        match Get::from_number(self.number) {
            _ if self.set => {}
            // They tell the size of the table of connections.
            Some(Get::Version) => bytes.clear(),
            Some(Get::Info) => put(&mut bytes, getinfo::SIZE, &[0; 4]),
            Some(Get::Service) => clear_name(&mut bytes),
            Some(Get::Services) if bytes.len() > get_services::ENTRYTABLE => {
                let (head, entries) = bytes.split_at_mut(get_services::ENTRYTABLE);
                entries.chunks_mut(service_entry::SIZE).for_each(clear_name);
                let mut entries: Vec<_> = entries.chunks(service_entry::SIZE).collect();
                // Their order is by chance; so is which there are, if there is not room for all.
                entries.sort_unstable();
                if entries[0].iter().any(|byte| *byte != 0) {
                    entries.clear();
                }
                bytes = [&*head, &entries.concat()].concat();
            }
            _ => {}
        }
        bytes
    }
}

impl fmt::Display for SocketOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}) of {} bytes", self.name(), self.number, self.len)?;
        match &self.data {
            None => f.write_str(" at a bad address"),
            Some(data) => {
                f.write_str(" ")?;
                data.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }
    }
}

/// Overwrites, as far as there is room.
fn put(data: &mut [u8], at: usize, bytes: &[u8]) {
    for (to, from) in data.iter_mut().skip(at).zip(bytes) {
        *to = *from;
    }
}

/// Behind the name of a scheduler C leaves what was there before.
fn clear_name(entry: &mut [u8]) {
    let name = entry.get_mut(service_user::SCHED_NAME..service_user::FLAGS);
    let mut ended = false;
    for byte in name.into_iter().flatten() {
        ended |= *byte == 0;
        if ended {
            *byte = 0;
        }
    }
}

fn text(name: &str) -> [u8; 16] {
    let mut padded = [0; 16];
    put(&mut padded, 0, name.as_bytes());
    padded
}

/// The beginning of `struct ip_vs_service_user`: which service, of IPv4 always.
fn identity(draw: &mut Draw) -> Vec<u8> {
    let mut data = vec![0; service_user::SIZE];
    let who = loop {
        let who = Identity::of(which(draw));
        if !who.six {
            break who;
        }
    };
    put(&mut data, service_user::PROTOCOL, &who.proto.to_ne_bytes());
    put(&mut data, service_user::FWMARK, &who.mark.to_ne_bytes());
    if who.mark == 0 {
        put(&mut data, service_user::ADDR, &who.addr[..4]);
        put(&mut data, service_user::PORT, &who.port.to_be_bytes());
    }
    data
}

fn service(draw: &mut Draw, words: &Vocabulary) -> Vec<u8> {
    let mut data = identity(draw);
    let name = text(draw.weighted(words.schedulers));
    put(&mut data, service_user::SCHED_NAME, &name);
    let flags = draw.weighted(&[(6, 0_u32), (2, 1), (1, 4), (1, u32::MAX)]);
    put(&mut data, service_user::FLAGS, &flags.to_ne_bytes());
    let timeout = draw.pick(&[0_u32, 300, 4_000_000_000]);
    put(&mut data, service_user::TIMEOUT, &timeout.to_ne_bytes());
    put(
        &mut data,
        service_user::NETMASK,
        &draw.pick(&[[255; 4], [255, 255, 255, 0]]),
    );
    data
}

fn destination(draw: &mut Draw) -> Vec<u8> {
    let mut data = vec![0; dest_user::SIZE];
    let hot = draw.percent(60);
    let addr = match hot {
        true => DEST_ADDRS[draw.below(2)],
        false => draw.pick(&DEST_ADDRS),
    };
    let port = if hot {
        80_u16
    } else {
        draw.pick(&[80, 8080, 0])
    };
    put(&mut data, dest_user::ADDR, &addr);
    put(&mut data, dest_user::PORT, &port.to_be_bytes());
    let flags = draw.weighted(&[
        (5, 0_u32),
        (2, 1),
        (2, 2),
        (2, 3),
        (1, 0x12000),
        (1, u32::MAX),
    ]);
    put(&mut data, dest_user::CONN_FLAGS, &flags.to_ne_bytes());
    let weight = draw.weighted(&[(5, 1_u32), (1, 0), (1, 100), (1, 0x7fff_ffff)]);
    put(&mut data, dest_user::WEIGHT, &weight.to_ne_bytes());
    let upper = draw.pick(&[0_u32, 0, 10]);
    put(&mut data, dest_user::U_THRESHOLD, &upper.to_ne_bytes());
    put(
        &mut data,
        dest_user::L_THRESHOLD,
        &(upper / 2).to_ne_bytes(),
    );
    data
}

fn timeouts(draw: &mut Draw) -> Vec<u8> {
    let mut data = vec![0; timeout_user::SIZE];
    for at in [
        timeout_user::TCP_TIMEOUT,
        timeout_user::TCP_FIN_TIMEOUT,
        timeout_user::UDP_TIMEOUT,
    ] {
        let seconds = draw.pick(&[0_i32, 1, 60, 900]);
        put(&mut data, at, &seconds.to_ne_bytes());
    }
    data
}

fn sync_daemon(draw: &mut Draw, words: &Vocabulary) -> Vec<u8> {
    let mut data = vec![0; daemon_user::SIZE];
    let state = draw.pick(&[1_i32, 2, 3]);
    put(&mut data, daemon_user::STATE, &state.to_ne_bytes());
    put(
        &mut data,
        daemon_user::MCAST_IFN,
        &text(draw.pick(words.interfaces)),
    );
    put(
        &mut data,
        daemon_user::SYNCID,
        &draw.pick(&[0_i32, 1, 300]).to_ne_bytes(),
    );
    data
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::EVERYTHING;
    use std::collections::BTreeSet;

    #[test]
    fn every_option_is_there() {
        let mut draw = Draw::new(1, 0);
        let mut names = BTreeSet::new();
        for _ in 0..5_000 {
            let option = SocketOption::valid(&mut draw, &EVERYTHING);
            let data = option.data.clone().unwrap();
            assert!(data.len() <= option.len as usize);
            names.insert(option.name());
        }
        assert_eq!(names.len(), 11 + 7, "{names:?}");
        assert!(!names.contains("set unknown"));
    }

    #[test]
    fn broken_ones_stay_small() {
        let mut draw = Draw::new(1, 0);
        let mut unknown = 0;
        for _ in 0..5_000 {
            let option = SocketOption::broken(&mut draw, &EVERYTHING);
            assert!(option.len < 200_000 && !option.to_string().is_empty());
            assert!(!option.allows(libc::ENOMEM) && option.allows(0));
            unknown += usize::from(option.name().contains("unknown"));
        }
        assert!(unknown > 50, "{unknown}");
    }

    #[test]
    fn a_mark_or_an_address() {
        let mut draw = Draw::new(1, 0);
        let mut marks = 0;
        for _ in 0..2_000 {
            let option = SocketOption::valid(&mut draw, &EVERYTHING);
            assert_eq!(option.clone().without_both(), option);
            marks += usize::from(option.data.unwrap().get(12).is_some_and(|byte| *byte != 0));
        }
        assert!(marks > 50, "{marks}");

        let mut both = SocketOption {
            set: true,
            number: Set::Add as i32,
            len: 44,
            data: Some(vec![6; 44]),
        };
        both = both.without_both();
        assert_eq!(both.data.unwrap()[12..20], [0, 0, 0, 0, 6, 6, 6, 6]);
    }

    #[test]
    fn services_are_compared_in_an_order() {
        let option = SocketOption {
            set: false,
            number: Get::Services as i32,
            len: 0,
            data: None,
        };
        let entry = |byte| vec![byte; service_entry::SIZE];
        let answer = |first, second| [vec![0; 8], entry(first), entry(0), entry(second)].concat();
        assert_eq!(option.comparable(answer(1, 2)).len(), 320);
        assert_eq!(
            option.comparable(answer(1, 2)),
            option.comparable(answer(2, 1))
        );
    }
}
