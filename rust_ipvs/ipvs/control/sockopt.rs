// SPDX-License-Identifier: GPL-2.0

//! The old control interface: options of IPv4 sockets, for programs that know no netlink. It knows
//! IPv4 only.
//!
//! Structures are read and written in `ipvs_core::uapi::sockopt`.

use super::{
    super::{
        netns::Netns,
        scheduler::DestPlace,
        service::Service, //
    },
    find_service, next_service, with_reader, Refusal,
};
use core::{
    iter,
    ops::RangeInclusive, //
};
use ipvs_core::{
    addr::Family,
    show,
    uapi::{
        service::ServiceKey,
        sockopt::{
            self,
            layout::{
                daemon_user,
                dest_entry,
                dest_user,
                get_dests,
                get_services,
                service_entry,
                service_user, //
            },
            Get,
            Named,
            Set, //
        },
    },
};
use kernel::prelude::*;
use linux_ext::{
    net::{
        sockopt::{
            Buffer,
            Handler,
            Value, //
        },
        Net,
    },
    sync::rcu_table::Position,
    time::millis, //
};

/// A service in a request.
const SERVICE: usize = service_user::SIZE;
/// A service and a destination in a request.
const BOTH: usize = service_user::SIZE + dest_user::SIZE;

/// The options.
pub(crate) struct Options;

impl Handler for Options {
    type Data = Netns;

    const SET: RangeInclusive<i32> = sockopt::BASE_CTL..=sockopt::SET_MAX;
    const GET: RangeInclusive<i32> = sockopt::BASE_CTL..=sockopt::GET_MAX;

    fn set(ns: &Netns, net: &Net, option: i32, value: &Value<'_>) -> Result {
        // Numbers of old programs, which nothing answers.
        let option = Set::from_number(option).ok_or(EINVAL)?;
        match option {
            Set::Add | Set::Edit | Set::Del | Set::Zero => {
                set_service(ns, net, option, &value.read()?)
            }
            Set::Adddest | Set::Editdest | Set::Deldest => {
                set_dest(ns, net, option, &value.read()?)
            }
            Set::Flush => value.read::<0>().and_then(|_| done(ns.flush(net))),
            Set::Timeout => done(ns.configure(&sockopt::config_spec(&value.read()?))),
            Set::Startdaemon => {
                let daemon = sockopt::daemon_spec(&value.read()?).ok_or(EINVAL)?;
                done(ns.start_daemon(net, &daemon))
            }
            Set::Stopdaemon => done(ns.del_daemon(sockopt::daemon_state(&value.read()?))),
        }
    }

    fn get(ns: &Netns, _net: &Net, option: i32, buffer: &mut Buffer<'_>) -> Result {
        match Get::from_number(option).ok_or(EINVAL)? {
            Get::Version => {
                buffer.read::<{ sockopt::VERSION_SIZE }>()?;
                let text = show::service::version(ns.conn_tab_size());
                buffer.write(0, text.as_bytes())?;
                buffer.truncate(text.as_bytes().len());
                Ok(())
            }
            Get::Info => answer(
                buffer,
                &sockopt::info(ns.conn_tab_size(), count_services(ns)),
            ),
            Get::Services => get_services(ns, buffer),
            Get::Service => get_service(ns, buffer),
            Get::Dests => get_dests(ns, buffer),
            Get::Timeout => answer(buffer, &sockopt::timeouts(ns.config.timeouts().config())),
            // Neither of the two runs.
            Get::Daemon => answer(buffer, &[0; 2 * daemon_user::SIZE]),
        }
    }
}

/// Writes an answer where there is a question of the same size.
fn answer<const N: usize>(buffer: &mut Buffer<'_>, bytes: &[u8; N]) -> Result {
    buffer.read::<N>()?;
    buffer.write(0, bytes)
}

fn done<T>(result: super::Result<T>) -> Result<T> {
    result.map_err(|refusal: Refusal| refusal.error())
}

/// The service that a change is about.
fn known_service(ns: &Netns, named: &Named) -> Result<ServiceKey> {
    if !named.has_known_proto() {
        // It is not the address that is bad, but this is what C says.
        return Err(EFAULT);
    }
    let key = named.key();
    done(find_service(ns.tables().ok_or(ESRCH)?, &key))?;
    Ok(key)
}

fn set_service(ns: &Netns, net: &Net, option: Set, bytes: &[u8; SERVICE]) -> Result {
    let named = Named::read(bytes);
    match option {
        Set::Zero if named.is_none() => done(ns.zero(None)),
        Set::Zero => done(ns.zero(Some(&known_service(ns, &named)?))),
        Set::Del => done(ns.del_service(net, &known_service(ns, &named)?)),
        Set::Edit => {
            let spec = sockopt::service_spec(bytes).ok_or(EINVAL)?;
            done(ns.edit_service(&known_service(ns, &named)?, &spec))
        }
        _ => {
            let spec = sockopt::service_spec(bytes).ok_or(EINVAL)?;
            if !named.has_known_proto() {
                return Err(EFAULT);
            }
            done(ns.add_service(net, named.key(), &spec))
        }
    }
}

fn set_dest(ns: &Netns, net: &Net, option: Set, bytes: &[u8; BOTH]) -> Result {
    let Some((service, dest)) = bytes.split_first_chunk::<SERVICE>() else {
        return Err(EINVAL);
    };
    let dest: &[u8; dest_user::SIZE] = dest.first_chunk().ok_or(EINVAL)?;
    let service = known_service(ns, &Named::read(service))?;
    let (key, spec) = (sockopt::dest_key(dest), sockopt::dest_spec(dest));
    done(match option {
        Set::Deldest => ns.del_dest(&service, &key),
        Set::Editdest => ns.edit_dest(&service, &key, &spec, None),
        _ => ns.add_dest(net, &service, key, &spec),
    })
}

/// The number of IPv4 services.
fn count_services(ns: &Netns) -> u32 {
    let count = *ns.control.lock().services(Family::V4);
    count as u32
}

/// Writes a service as it is to be shown.
fn put_service(service: &Service, entry: &mut [u8; service_entry::SIZE]) {
    with_reader(|reader| {
        let dests = service.pool(reader).len() as u32;
        service.view(millis(), reader, |view| {
            sockopt::put_service(entry, view, dests)
        });
    });
}

fn get_services(ns: &Netns, buffer: &mut Buffer<'_>) -> Result {
    let header = buffer.read::<{ get_services::ENTRYTABLE }>()?;
    let wanted = sockopt::services_wanted(&header);
    let place = |index| sockopt::entry_at(header.len(), service_entry::SIZE, index);
    if buffer.len() != place(wanted) {
        return Err(EINVAL);
    }
    let Some(tables) = ns.tables() else {
        return Ok(());
    };
    // As many as a program has just been told, if nothing changes.
    let _control = ns.control.lock();
    let mut position = Position::default();
    let mut done = 0;
    while let Some(service) = next_service(tables, &mut position) {
        if service.key().family != Family::V4 {
            continue;
        }
        if done >= wanted {
            break;
        }
        let mut entry = [0; service_entry::SIZE];
        put_service(&service, &mut entry);
        buffer.write(place(done), &entry)?;
        done = done.saturating_add(1);
    }
    Ok(())
}

fn get_service(ns: &Netns, buffer: &mut Buffer<'_>) -> Result {
    let mut entry = buffer.read::<{ service_entry::SIZE }>()?;
    let tables = ns.tables().ok_or(ESRCH)?;
    let service = done(find_service(tables, &Named::read(&entry).key()))?;
    put_service(&service, &mut entry);
    buffer.write(0, &entry)
}

fn get_dests(ns: &Netns, buffer: &mut Buffer<'_>) -> Result {
    let header = buffer.read::<{ get_dests::ENTRYTABLE }>()?;
    let wanted = sockopt::dests_wanted(&header);
    let place = |index| sockopt::entry_at(header.len(), dest_entry::SIZE, index);
    if buffer.len() != place(wanted) {
        return Err(EINVAL);
    }
    let tables = ns.tables().ok_or(ESRCH)?;
    let service = done(find_service(tables, &Named::read(&header).key()))?;
    let pool = service.get_pool();
    let mut at = DestPlace::default();
    let known = iter::from_fn(|| pool.get_next(&mut at))
        .filter(|dest| dest.key().addr.family() == Family::V4);
    for (index, dest) in (0..wanted).zip(known) {
        buffer.write(place(index), &sockopt::dest_entry(&dest.view(millis())))?;
    }
    Ok(())
}
