// SPDX-License-Identifier: GPL-2.0

//! The generic netlink family: requests to verbs, dumps from tables.
//!
//! Bytes are read and written in `ipvs_core::uapi`.

mod dump;

use super::{
    super::netns::Netns,
    find_service,
    with_reader,
    Result, //
};
use ipvs_core::uapi::{
    attr::cmd as attr,
    cmd::Command,
    config::{
        emit_config,
        emit_info,
        ConfigSpec, //
    },
    dest::{
        parse_dest,
        DestKey,
        DestSpec, //
    },
    error::{
        SpecError,
        StateError, //
    },
    nla::Sink,
    service::{
        emit_service,
        parse_service,
        ServiceKey,
        ServiceSpec, //
    },
    GENL_NAME,
    GENL_VERSION,
};
use kernel::prelude::Error;
use linux_ext::net::{
    genetlink::{
        Do,
        Family,
        Info,
        Message,
        Op,
        Policy,
        ADMIN_PERM, //
    },
    Net,
};

/// The family.
pub(crate) const FAMILY: Family<Netns> = Family {
    name: GENL_NAME,
    version: GENL_VERSION,
    policy: &POLICY,
    ops: &OPS,
};

/// By number of the attribute.
static POLICY: [Policy; 7] = [
    Policy::ANY,
    Policy::NESTED,
    Policy::NESTED,
    Policy::NESTED,
    Policy::U32,
    Policy::U32,
    Policy::U32,
];

const fn op(command: Command) -> Op<Netns> {
    Op::new(command as u8, ADMIN_PERM)
}

static OPS: [Op<Netns>; 13] = [
    op(Command::NewService).with_do::<NewService>(),
    op(Command::SetService).with_do::<SetService>(),
    op(Command::DelService).with_do::<DelService>(),
    op(Command::GetService)
        .with_do::<GetService>()
        .with_dump::<dump::Services>(),
    op(Command::NewDest).with_do::<NewDest>(),
    op(Command::SetDest).with_do::<SetDest>(),
    op(Command::DelDest).with_do::<DelDest>(),
    op(Command::GetDest).with_dump::<dump::Dests>(),
    op(Command::SetConfig).with_do::<SetConfig>(),
    op(Command::GetConfig).with_do::<GetConfig>(),
    op(Command::GetInfo).with_do::<GetInfo>(),
    op(Command::Zero).with_do::<Zero>(),
    op(Command::Flush).with_do::<Flush>(),
];

/// A [`Message`] as `ipvs_core` writes to it.
struct Out<'a>(&'a mut Message);

impl Sink for Out<'_> {
    type Error = Error;

    fn put(&mut self, kind: u16, data: &[u8]) -> core::result::Result<(), Error> {
        self.0.put(kind, data)
    }

    fn nest(
        &mut self,
        kind: u16,
        content: impl FnOnce(&mut Self) -> core::result::Result<(), Error>,
    ) -> core::result::Result<(), Error> {
        let nest = self.0.begin_nest(kind)?;
        // On error the whole message is taken back.
        content(self)?;
        self.0.end_nest(nest)
    }
}

/// What a request says, read before anything is done.
impl Request for Info<'_> {
    fn service(&self) -> Result<(ServiceKey, ServiceSpec)> {
        match parse_service(self.service_nest()?, true)? {
            (key, Some(spec)) => Ok((key, spec)),
            (_, None) => Err(SpecError::ServiceIncomplete.into()),
        }
    }

    fn service_key(&self) -> Result<ServiceKey> {
        Ok(parse_service(self.service_nest()?, false)?.0)
    }

    fn dest(&self, service: &ServiceKey) -> Result<(DestKey, DestSpec)> {
        match parse_dest(self.dest_nest()?, service.family, true)? {
            (key, Some(spec)) => Ok((key, spec)),
            (_, None) => Err(SpecError::DestIncomplete.into()),
        }
    }

    fn dest_key(&self, service: &ServiceKey) -> Result<DestKey> {
        Ok(parse_dest(self.dest_nest()?, service.family, false)?.0)
    }

    fn config(&self) -> ConfigSpec {
        ConfigSpec {
            tcp: self.number(attr::TIMEOUT_TCP),
            tcp_fin: self.number(attr::TIMEOUT_TCP_FIN),
            udp: self.number(attr::TIMEOUT_UDP),
        }
    }
}

trait Request {
    /// A service and what it is to be like.
    fn service(&self) -> Result<(ServiceKey, ServiceSpec)>;
    /// A service.
    fn service_key(&self) -> Result<ServiceKey>;
    /// A destination of `service` and what it is to be like.
    fn dest(&self, service: &ServiceKey) -> Result<(DestKey, DestSpec)>;
    /// A destination of `service`.
    fn dest_key(&self, service: &ServiceKey) -> Result<DestKey>;
    /// Lifetimes.
    fn config(&self) -> ConfigSpec;
}

trait Nests {
    fn service_nest(&self) -> Result<&[u8]>;
    fn dest_nest(&self) -> Result<&[u8]>;
    /// A number of 32 bits, 0 if it is missing.
    fn number(&self, kind: u16) -> u32;
}

impl Nests for Info<'_> {
    fn service_nest(&self) -> Result<&[u8]> {
        Ok(self.attr(attr::SERVICE).ok_or(SpecError::ServiceMissing)?)
    }

    fn dest_nest(&self) -> Result<&[u8]> {
        Ok(self.attr(attr::DEST).ok_or(SpecError::DestMissing)?)
    }

    fn number(&self, kind: u16) -> u32 {
        let bytes = self.attr(kind).and_then(|data| data.first_chunk());
        bytes.copied().map_or(0, u32::from_ne_bytes)
    }
}

/// Tells the sender how it went.
fn report(info: &mut Info<'_>, result: Result) -> core::result::Result<(), Error> {
    result.map_err(|refusal| {
        if let Some(message) = refusal.message() {
            info.set_message(message);
        }
        refusal.error()
    })
}

macro_rules! verb {
    ($(#[$doc:meta])* $name:ident, |$ns:ident, $net:ident, $info:ident| $body:expr) => {
        $(#[$doc])*
        struct $name;

        impl Do for $name {
            type Data = Netns;

            fn doit(
                $ns: &Netns,
                $net: &Net,
                $info: &mut Info<'_>,
            ) -> core::result::Result<(), Error> {
                let result = (|| -> Result { $body })();
                report($info, result)
            }
        }
    };
}

verb!(NewService, |ns, net, info| {
    let (key, spec) = info.service()?;
    ns.add_service(net, key, &spec)
});

verb!(SetService, |ns, _net, info| {
    let (key, spec) = info.service()?;
    ns.edit_service(&key, &spec)
});

verb!(DelService, |ns, net, info| ns.del_service(net, &info.service_key()?));

verb!(GetService, |ns, _net, info| {
    let key = info.service_key()?;
    let tables = ns.tables().ok_or(StateError::ServiceUnknown)?;
    let service = find_service(tables, &key)?;
    Ok(info.reply(Command::NewService as u8, |message| {
        with_reader(|reader| service.view(reader, |view| emit_service(&mut Out(message), view)))
    })?)
});

verb!(NewDest, |ns, net, info| {
    let service = info.service_key()?;
    let (key, spec) = info.dest(&service)?;
    ns.add_dest(net, &service, key, &spec)
});

verb!(SetDest, |ns, _net, info| {
    let service = info.service_key()?;
    let (key, spec) = info.dest(&service)?;
    ns.edit_dest(&service, &key, &spec)
});

verb!(DelDest, |ns, _net, info| {
    let service = info.service_key()?;
    let key = info.dest_key(&service)?;
    ns.del_dest(&service, &key)
});

verb!(SetConfig, |ns, _net, info| ns.configure(&info.config()));

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
    match info.attr(attr::SERVICE) {
        Some(_) => ns.zero(Some(&info.service_key()?)),
        None => ns.zero(None),
    }
});

verb!(Flush, |ns, net, _info| ns.flush(net));
