// SPDX-License-Identifier: GPL-2.0
//! The rules for a whole line, in stock's order: the first broken one is reported.

use super::draft::Draft;
use crate::error::Error;
use crate::model::{protocol, Method, ServiceKey};
use crate::options::slots::{Rules, SLOTS};
use crate::options::{CommandDef, Slot, Verb};
use ipvs_core::uapi::svc_flag;

/// Which options the command takes.
pub fn slots(def: &CommandDef, draft: &Draft<'_>) -> Result<(), Error> {
    if Rules::of(def.verb).allow(draft.given) {
        return Ok(());
    }
    first_broken(def, draft)
}

/// The rule that comes first.
#[cold]
fn first_broken(def: &CommandDef, draft: &Draft<'_>) -> Result<(), Error> {
    let mut only: Option<&str> = None;
    for row in SLOTS {
        if !draft.has(row.slot) {
            if row.required.contains(def.verb) {
                return Err(missing(row.slot, def));
            }
        } else if row.exclusive.contains(def.verb) {
            if let Some(first) = only {
                return Err(Error::refused(format!(
                    "The option '{}' conflicts with the '{first}' option in the '{}' command",
                    row.name, def.name
                )));
            }
            only = Some(row.name);
        } else if !takes(row.slot, def.verb) {
            return Err(Error::refused(format!(
                "Illegal '{}' option with the '{}' command",
                row.name, def.name
            )));
        }
    }
    Ok(())
}

fn takes(slot: Slot, verb: Verb) -> bool {
    slot.def().required.contains(verb) || slot.def().optional.contains(verb)
}

/// A command lacks an option.
pub fn missing(slot: Slot, def: &CommandDef) -> Error {
    Error::refused(format!(
        "You need to supply the '{}' option for the '{}' command",
        slot.def().name,
        def.name
    ))
}

/// Rules for a service that is added or edited.
pub fn service(draft: &Draft<'_>) -> Result<(), Error> {
    let by_address = draft.mark == 0;
    if by_address && draft.port == 0 && draft.flags & svc_flag::PERSISTENT == 0 {
        return Err(Error::refused(
            "Zero port specified for non-persistent service",
        ));
    }
    let one_packet = draft.flags & svc_flag::ONEPACKET != 0;
    if one_packet && by_address && draft.protocol != protocol::UDP {
        return Err(Error::refused(
            "One-Packet Scheduling is only for UDP virtual services",
        ));
    }
    Ok(())
}

/// `--policy` has a value where it is set, and none where it is shown.
pub fn policy(is_wrong: bool, rule: &str, def: &CommandDef) -> Result<(), Error> {
    match is_wrong {
        true => Err(Error::refused(format!(
            "The option 'policy' {rule} with the '{}' command",
            def.name
        ))),
        false => Ok(()),
    }
}

/// Rules for a server that is added or edited. Where nothing can change the port on the way, it is
/// that of the service.
pub fn server(draft: &mut Draft<'_>) -> Result<(), Error> {
    let method = draft.server.method;
    let tunnel = method == Method::Tunnel as u32;
    if draft.mark == 0 && (tunnel || method == Method::Route as u32) {
        draft.server.port = draft.port;
    }
    if draft.server.addr.is_ipv6() != draft.is_ipv6() && !tunnel {
        return Err(Error::refused(
            "Different address family is allowed only for tunneling servers",
        ));
    }
    if tunnel {
        return tunnel_options(draft);
    }
    let tunnel_rules = TUNNEL_RULES.iter().any(|(slot, _)| draft.has(*slot));
    if tunnel_rules || draft.has(Slot::TunType) {
        return Err(Error::refused(
            "Tunnel options conflict with forward method",
        ));
    }
    Ok(())
}

/// Options of tunnels, in the order of the checks, and what ipip, gue and gre say to them: `+`
/// must be there, `x` must not, only one `1`.
const TUNNEL_RULES: [(Slot, [char; 3]); 4] = [
    (Slot::TunPort, ['x', '+', 'x']),
    (Slot::TunNocsum, ['x', '1', '1']),
    (Slot::TunCsum, ['x', '1', '1']),
    (Slot::TunRemcsum, ['x', '1', 'x']),
];
const TUNNEL_NAMES: [&str; 3] = ["ipip", "gue", "gre"];

fn tunnel_options(draft: &Draft<'_>) -> Result<(), Error> {
    let kind = usize::from(draft.server.tunnel.kind);
    let kind_name = TUNNEL_NAMES[kind];
    let mut only: Option<&str> = None;
    for (slot, rules) in TUNNEL_RULES {
        let name = slot.def().name;
        let text = match (rules[kind], draft.has(slot), only) {
            ('+', false, _) => format!("You need to supply the '{name}' option for"),
            ('x', true, _) => format!("Illegal '{name}' option with"),
            ('1', true, Some(first)) => {
                format!("The option '{name}' conflicts with the '{first}' option in")
            }
            ('1', true, None) => {
                only = Some(name);
                continue;
            }
            _ => continue,
        };
        return Err(Error::refused(format!(
            "{text} the '{kind_name}' tunnel type"
        )));
    }
    Ok(())
}

/// Views that cannot be had together.
pub fn list(draft: &Draft<'_>) -> Result<(), Error> {
    let any = |slots: &[Slot]| slots.iter().any(|slot| draft.has(*slot));
    let settings = any(&[Slot::Timeout, Slot::Daemon]);
    let numbers = any(&[Slot::Stats, Slot::Rate, Slot::Thresholds]);
    if (settings || draft.has(Slot::Connection)) && numbers
        || settings && draft.has(Slot::PersistentConn)
    {
        return Err(Error::refused("options conflicts in the list command"));
    }
    Ok(())
}

/// A key that says nothing: stock zeroes every service then.
pub fn is_nothing(key: &ServiceKey) -> bool {
    matches!(key, ServiceKey::Address { addr, port: 0, .. } if addr.is_unspecified())
}
