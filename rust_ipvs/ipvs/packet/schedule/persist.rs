// SPDX-License-Identifier: GPL-2.0

//! The server of a new connection to a persistent service: that of the template, if there is one.

use super::{
    super::{
        super::{
            conn::template::{
                Control,
                Template,
                Terms, //
            },
            family::Family,
            service::{
                dest::Dest,
                Service, //
            },
        },
        Context,
    },
    opening, By, Chosen, Miss,
};
use ipvs_core::{
    flow::Flow,
    persist::Persistence, //
};
use linux_ext::sync::rcu_arc::RcuRef;

/// Chooses a server.
#[cold]
pub(super) fn choose<'hook, A: Family>(
    cx: &Context<'hook, A>,
    service: &Service,
    persistence: &Persistence,
    flow: &Flow<A>,
    by: By,
) -> Result<Chosen<'hook, A>, Miss> {
    let key = persistence.key(flow);
    let (template, control) = match remembered(cx, service, &key) {
        Some(remembered) => remembered,
        None => {
            let dest = service
                .pool(cx.reader)
                .into_ref()
                .schedule(&opening(service, flow, by), cx.reader)
                .ok_or(Miss::Server)?;
            let terms = Terms {
                port: persistence.template_port(flow, dest.port()),
                timeout: service.timeout(),
                is_one_packet: service.is_one_packet(),
            };
            remember(cx, key, terms, dest).ok_or(Miss::Room)?
        }
    };
    let dest = Template::dest(template);
    Ok(Chosen {
        dest,
        port: persistence.server_port(flow, dest.port()),
        control,
    })
}

/// Whether a template that leads to `dest` is of use. Neither weight nor overload of its server matter,
/// unless the administrator says so of weight 0, for the service or for all. One that leads to a server
/// which drains is not.
pub(in super::super) fn is_of_use<A: Family>(
    cx: &Context<'_, A>,
    service: &Service,
    dest: &Dest,
) -> bool {
    let is_quiescent =
        dest.weight() == 0 && service.policy.expires_quiescent_template(&cx.ns.config);
    dest.is_available() && !is_quiescent && !dest.is_draining()
}

/// The template of an earlier connection.
fn remembered<'hook, A: Family>(
    cx: &Context<'hook, A>,
    service: &Service,
    key: &Flow<A>,
) -> Option<(RcuRef<'hook, Template<A>>, Control<A>)> {
    let template = cx.conns.templates().find(key, cx.reader)?;
    let dest = Template::dest(template);
    if !is_of_use(cx, service, &dest) {
        template.invalidate();
        return None;
    }
    Template::control(template).map(|control| (template, control))
}

/// Makes a template.
fn remember<'hook, A: Family>(
    cx: &Context<'hook, A>,
    key: Flow<A>,
    terms: Terms,
    dest: RcuRef<'hook, Dest>,
) -> Option<(RcuRef<'hook, Template<A>>, Control<A>)> {
    let templates = cx.conns.templates();
    let template = Template::new(templates, key, terms, dest.get()?).ok()?;
    templates.insert(template, cx.reader)
}
