// SPDX-License-Identifier: GPL-2.0

//! What C does not have: a dump of services that has their destinations, too.
//!
//! C has one dump of all services, and one of the destinations of each. A dump of services
//! (`GET_SERVICE`) whose request has the attribute [`LISTING`] is one of both here: each service is
//! followed by its destinations, as messages of `NEW_DEST`. C ignores the attribute and answers with
//! the services. So that the asker sees which it is, each service then comes with the attribute as
//! well.

use super::nla::Attrs;

/// u32: [`flag`]s. Beside the nest of a service; far from the numbers that C may come to need.
pub const LISTING: u16 = 0x1000;

/// What a listing is to be like.
pub mod flag {
    /// The destinations are wanted.
    pub const DESTS: u32 = 1;
    /// No statistics, neither of services nor of destinations.
    pub const NO_STATS: u32 = 2;
    /// First comes a message of [`Kind::State`](super::super::event::Kind::State), which says which
    /// events the listing has in it.
    pub const STATE: u32 = 4;
    /// Destinations have the nest [`ANSWERS`](super::super::answers::ANSWERS). This one counts in a dump of
    /// the destinations of a service, too.
    pub const ANSWERS: u32 = 8;
}

/// Reads [`LISTING`] in the attributes of a request for a dump, which nobody has checked; of several
/// the last. 0 if there is none.
pub fn listing_of_dump(attrs: &[u8]) -> u32 {
    Attrs::new(attrs)
        .filter(|attr| attr.kind == LISTING)
        .filter_map(|attr| attr.data.first_chunk().copied())
        .last()
        .map_or(0, u32::from_ne_bytes)
}

#[cfg(test)]
mod tests {
    use super::super::tests::attr;
    use super::*;

    #[test]
    fn flags_of_a_request() {
        let mut request = attr(1, &[]);
        assert_eq!(listing_of_dump(&request), 0);
        request.extend(attr(LISTING, &[3, 0, 0, 0]));
        assert_eq!(listing_of_dump(&request), flag::DESTS | flag::NO_STATS);
        request.extend(attr(LISTING, &[1, 0, 0]));
        assert_eq!(listing_of_dump(&request), 3);
        request.extend(attr(LISTING, &[1, 0, 0, 0, 9]));
        assert_eq!(listing_of_dump(&request), flag::DESTS);
    }
}
