// SPDX-License-Identifier: GPL-2.0
//! Files that say what they should, and others.

use super::*;

const LEAST: &str =
    "[[service]]\ntcp = '192.0.2.1:80'\n[[service.input]]\nkind = 'agent'\nport = 7\n";

#[test]
fn defaults() {
    let config = Config::read(LEAST).unwrap();
    assert_eq!(config.period(), Duration::from_secs(5));
    assert_eq!(config.timeout(), Duration::from_secs(1));
    assert_eq!(config.lifetime(), 15_000);
    let service = &config.services[0];
    assert_eq!(service.name(), "tcp 192.0.2.1:80");
    assert_eq!((service.rule, service.panic), (Kind::Relative, 0.5));
    assert_eq!(service.relative, Relative::default());
    assert_eq!(service.zhang, Zhang::default());
    assert_eq!(service.inputs[0].ratio(), 1.0);
}

#[test]
fn everything() {
    let config = Config::read(include_str!("../everything.toml")).unwrap();
    assert_eq!(config.services.len(), 2);
    assert_eq!(config.services[0].inputs.len(), 8);
    assert_eq!(config.services[1].rule, Kind::Zhang);
    assert_eq!(config.services[1].smoothing(), 0.5);
    assert_eq!(config.services[1].name(), "fwmark6 7");
}

#[test]
fn what_is_wrong_is_told() {
    for (text, expected) in [
        ("", "missing field `service`"),
        ("period = 5", "missing field `service`"),
        ("[[service]]\ntcp = 'a:1'", "missing field `input`"),
        (&format!("perod = 5\n{LEAST}"), "unknown field `perod`"),
        (
            &format!("period = 0\n{LEAST}"),
            "period = 0 is not from 0.1 to 3600",
        ),
        (&format!("period = nan\n{LEAST}"), "period = NaN is not"),
        (
            &format!("lifetime = 4\n{LEAST}"),
            "lifetime = 4 is not from 5",
        ),
        (&format!("workers = 0\n{LEAST}"), "workers = 0"),
        (
            &LEAST.replace("tcp", "fwmark = 1\ntcp"),
            "a service needs one of",
        ),
        (&LEAST.replace("port = 7", ""), "missing field `port`"),
        (&LEAST.replace("port", "prot"), "unknown field `prot`"),
        (&LEAST.replace("agent", "spy"), "unknown variant `spy`"),
        (&format!("{LEAST}ratio = 0"), "ratio = 0 is not"),
        (
            &format!("{LEAST}[service.relative]\nleast = 0"),
            "relative.least = 0 is not",
        ),
        (
            &format!("{LEAST}[service.relative]\ngian = 0"),
            "unknown field `gian`",
        ),
    ] {
        let problem = Config::read(text).unwrap_err();
        assert!(problem.contains(expected), "{text}: {problem}");
    }
}

#[test]
fn each_service_is_there_once() {
    let names = crate::resolve::System::default();
    let keys = |text: &str| Config::read(text).unwrap().keys(&names);
    let udp = LEAST.replace("tcp", "udp");
    assert_eq!(keys(&format!("{LEAST}{udp}")).unwrap().len(), 2);
    for (second, name) in [
        ("192.0.2.1:80", "192.0.2.1:80"),
        ("192.0.2.1:080", "192.0.2.1:080"),
    ] {
        let again = LEAST.replace("192.0.2.1:80", second);
        assert_eq!(
            keys(&format!("period = 5\n{LEAST}{udp}{again}")),
            Err(format!(
                "line 12: tcp {name} is there twice, first in line 2"
            ))
        );
    }
    let nowhere = LEAST.replace("192.0.2.1:80", "192.0.2.1:x:y");
    let problem = keys(&nowhere).unwrap_err();
    assert!(problem.starts_with("line 1: "), "{problem}");
}
