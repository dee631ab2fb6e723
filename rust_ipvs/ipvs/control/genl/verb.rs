// SPDX-License-Identifier: GPL-2.0

//! Requests that are not dumps: each reads what it wants and calls the verb in `control`.

use super::{
    super::{
        super::netns::Netns,
        find_service,
        with_reader,
        Result, //
    },
    request, Out,
};
use ipvs_core::uapi::{
    blamed,
    cmd::Command,
    config::{
        emit_config,
        emit_info, //
    },
    error::{
        Place,
        StateError, //
    },
    service::{
        emit_service,
        ServiceKey, //
    },
};
use kernel::prelude::Error;
use linux_ext::{
    net::{
        genetlink::{
            Do,
            Info, //
        },
        Net,
    },
    time::millis, //
};

/// Something that can be asked for.
pub(super) trait Verb {
    /// Does it.
    fn act(ns: &Netns, net: &Net, info: &mut Info<'_>) -> Result;
}

/// Does `V` and tells the sender how it went.
pub(super) struct Answer<V>(V);

impl<V: Verb> Do for Answer<V> {
    type Data = Netns;

    fn doit(ns: &Netns, net: &Net, info: &mut Info<'_>) -> core::result::Result<(), Error> {
        V::act(ns, net, info).map_err(|refusal| {
            if let Some(message) = refusal.message() {
                info.set_message(message);
            }
            match refusal.place() {
                Some(Place::Missing(kind)) => info.set_missing(kind),
                Some(Place::Of(kind)) => info.set_bad(kind, None),
                Some(Place::In(top, kind)) => {
                    let nest = info.attr(top).unwrap_or_default();
                    let place = blamed(top, nest, kind);
                    info.set_bad(top, place);
                }
                None => (),
            }
            refusal.error()
        })
    }
}

macro_rules! verb {
    ($name:ident, |$ns:ident, $net:ident, $info:ident| $body:expr) => {
        pub(super) struct $name;

        impl Verb for $name {
            fn act($ns: &Netns, $net: &Net, $info: &mut Info<'_>) -> Result {
                $body
            }
        }
    };
}

/// The service of a request about a destination. That it exists is looked at before the rest.
fn known_service(ns: &Netns, info: &Info<'_>) -> Result<ServiceKey> {
    let key = request::service_key(info)?;
    let tables = ns.tables().ok_or(StateError::ServiceUnknown)?;
    find_service(tables, &key)?;
    Ok(key)
}

verb!(NewService, |ns, net, info| {
    let (key, spec) = request::service(info)?;
    ns.add_service(net, key, &spec)
});

verb!(SetService, |ns, _net, info| {
    let (key, spec) = request::service(info)?;
    ns.edit_service(&key, &spec)
});

verb!(DelService, |ns, net, info| ns
    .del_service(net, &request::service_key(info)?));

verb!(GetService, |ns, _net, info| {
    let key = request::service_key(info)?;
    let tables = ns.tables().ok_or(StateError::ServiceUnknown)?;
    let service = find_service(tables, &key)?;
    Ok(info.reply(Command::NewService as u8, |message| {
        with_reader(|reader| {
            service.view(millis(), reader, |view| {
                emit_service(&mut Out(message), view)
            })
        })
    })?)
});

verb!(NewDest, |ns, net, info| {
    let service = known_service(ns, info)?;
    let (key, spec) = request::dest(info, &service)?;
    ns.add_dest(net, &service, key, &spec)
});

verb!(SetDest, |ns, _net, info| {
    let service = known_service(ns, info)?;
    let (key, spec) = request::dest(info, &service)?;
    ns.edit_dest(&service, &key, &spec, request::expected(info)?)
});

verb!(DelDest, |ns, _net, info| {
    let service = known_service(ns, info)?;
    let key = request::dest_key(info, &service)?;
    ns.del_dest(&service, &key)
});

verb!(Drain, |ns, _net, info| {
    let service = known_service(ns, info)?;
    let key = request::dest_key(info, &service)?;
    ns.drain(&service, &key, &request::drain(info)?)
});

verb!(NewDaemon, |ns, net, info| ns
    .add_daemon(net, &request::daemon(info)?));

verb!(DelDaemon, |ns, _net, info| ns
    .del_daemon(request::daemon_state(info)?));

verb!(SetConfig, |ns, _net, info| ns
    .configure(&request::config(info)));

verb!(GetConfig, |ns, _net, info| {
    let timeouts = ns.config.timeouts();
    Ok(info.reply(Command::SetConfig as u8, |message| {
        emit_config(&mut Out(message), &timeouts)
    })?)
});

verb!(GetInfo, |ns, _net, info| {
    let size = ns.conn_tab_size();
    Ok(info.reply(Command::SetInfo as u8, |message| {
        emit_info(&mut Out(message), size)
    })?)
});

verb!(Zero, |ns, _net, info| {
    match request::has_service(info) {
        true => ns.zero(Some(&request::service_key(info)?)),
        false => ns.zero(None),
    }
});

verb!(Flush, |ns, net, _info| ns.flush(net));
