// SPDX-License-Identifier: GPL-2.0

//! Requests with reports of load: `ipvs_core::uapi::feedback`.

use super::{
    super::{
        super::netns::Netns,
        Result, //
    },
    request,
    verb::Verb, //
};
use ipvs_core::{
    addr::Family,
    uapi::{
        error::SpecError,
        feedback::{
            parse_feedback,
            Request,
            FEEDBACK, //
        },
    },
};
use linux_ext::net::{
    genetlink::Info,
    Net, //
};

/// Reports how loaded destinations are.
pub(super) struct Feedback;

impl Verb for Feedback {
    fn act(ns: &Netns, _net: &Net, info: &mut Info<'_>) -> Result {
        let key = match request::has_service(info) {
            true => Some(request::service_key(info)?),
            false => None,
        };
        let nest = info.attr(FEEDBACK).ok_or(SpecError::FeedbackMissing)?;
        let family = key.as_ref().map_or(Family::V4, |key| key.family);
        match (parse_feedback(nest, family)?, key) {
            (Request::Off, key) => ns.end_reports(key.as_ref()),
            (Request::Reports(reports), Some(key)) => ns.report(&key, reports),
            (Request::Reports(_), None) => Err(SpecError::ServiceMissing.into()),
        }
    }
}
