// SPDX-License-Identifier: GPL-2.0
//! Names of states, by which connections are selected. No connection is in a state that does not
//! exist, so that a slip of the pen would look like success.

use crate::error::Error;
use crate::model::protocol;
use ipvs_core::proto::{sctp, tcp, template_state_name, udp};

/// The name of a state, whatever its case, that connections of the protocol can be in; without a
/// protocol, of any. States of templates are among them if those are wanted.
pub fn named(text: &str, of: Option<u16>, templates: bool) -> Result<String, Error> {
    let name = text.to_uppercase();
    let known = names(of, templates);
    if known.contains(&name.as_str()) {
        return Ok(name);
    }
    let protocol = match of {
        Some(protocol::TCP) => " of TCP",
        Some(protocol::UDP) => " of UDP",
        Some(protocol::SCTP) => " of SCTP",
        _ => "",
    };
    Err(Error::refused(format!(
        "`{text}' is no state{protocol}; there are {}",
        known.join(", ")
    )))
}

/// All names, each once.
fn names(of: Option<u16>, templates: bool) -> Vec<&'static str> {
    let is_of = |protocol| of.is_none_or(|of| of == protocol);
    let numbers = || 0..=u8::MAX;
    let mut names = Vec::new();
    if is_of(protocol::TCP) {
        names.extend(
            numbers()
                .map_while(tcp::State::from_u8)
                .map(tcp::State::name),
        );
    }
    if is_of(protocol::UDP) {
        names.push(udp::state_name(udp::STATE));
    }
    if is_of(protocol::SCTP) {
        let states = numbers().map_while(sctp::State::from_u8);
        names.extend(states.map(sctp::State::name));
    }
    if templates {
        names.extend([0, 1].map(template_state_name));
    }
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(*name));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_that_exist() {
        for (text, of, templates) in [
            ("ESTABLISHED", None, false),
            ("established", Some(protocol::TCP), false),
            ("Established", Some(protocol::SCTP), false),
            ("synack", Some(protocol::TCP), false),
            ("S-ACK-SENT", None, false),
            ("closed", Some(protocol::SCTP), false),
            ("udp", Some(protocol::UDP), false),
            ("none", Some(protocol::UDP), true),
            ("assured", None, true),
        ] {
            assert_eq!(named(text, of, templates), Ok(text.to_uppercase()));
        }
    }

    #[test]
    fn states_that_do_not() {
        for (text, of, expected) in [
            (
                "ESTABLISH",
                Some(protocol::TCP),
                "`ESTABLISH' is no state of TCP; there are NONE, ESTABLISHED,",
            ),
            (
                "ESTABLISHED",
                Some(protocol::UDP),
                "`ESTABLISHED' is no state of UDP; there are UDP\n",
            ),
            (
                "CLOSE",
                Some(protocol::SCTP),
                "`CLOSE' is no state of SCTP; there are NONE, INIT1,",
            ),
            ("ERR!", None, "`ERR!' is no state; there are "),
            (
                "A-VERY-LONG-STATE",
                None,
                "`A-VERY-LONG-STATE' is no state; ",
            ),
            ("", None, "`' is no state; "),
            ("ASSURED", None, "`ASSURED' is no state; "),
        ] {
            let error = named(text, of, false).unwrap_err();
            assert!(error.to_string().starts_with(expected), "{error}");
            assert_eq!(error.exit_code(), 2);
        }
    }

    #[test]
    fn each_is_named_once() {
        let mut names = names(None, true);
        let count = names.len();
        assert_eq!(names[0], "NONE");
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
