// SPDX-License-Identifier: GPL-2.0

//! What C does not have: slow start, as an attribute in the nest of a service. C passes over it.

use super::error::SpecError;
use super::nla::Attrs;

/// u32: seconds of slow start, 0 for none. Far from the numbers that C may come to need.
pub const SLOW_START: u16 = 0x1000;

/// Reads [`SLOW_START`] in the nest of a service; of several the last.
pub fn read_slow_start(nest: &[u8]) -> Result<Option<u32>, SpecError> {
    match Attrs::new(nest)
        .filter(|attr| attr.kind == SLOW_START)
        .last()
    {
        None => Ok(None),
        Some(attr) => match attr.data.first_chunk() {
            Some(bytes) => Ok(Some(u32::from_ne_bytes(*bytes))),
            None => Err(SpecError::ServiceSlowStart),
        },
    }
}
