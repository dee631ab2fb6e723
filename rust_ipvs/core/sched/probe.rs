// SPDX-License-Identifier: GPL-2.0

//! Choosing by a table of slots, as `sh` and `mh` do.

/// What chooses the slot: the address of the client, as [`fold`](super::fold::fold) sees it, and its
/// port, which is 0 without the flag `sh-port` or `mh-port`.
#[inline]
pub const fn key(addr: u32, port: u16) -> u32 {
    addr.wrapping_add(port as u32)
}

/// Picks what is in slot `slot(0)` of `SIZE`. `at` says what is in a slot, `usable` whether it takes
/// connections.
///
/// With `fallback` (the flag `sh-fallback` or `mh-fallback`) the slots of other numbers up to `SIZE`
/// are tried for one that does, in an order that `slot` alone gives.
#[inline]
pub(super) fn pick<T, const SIZE: usize>(
    slot: impl Fn(usize) -> usize,
    fallback: bool,
    at: impl Fn(usize) -> Option<T>,
    usable: impl Fn(&T) -> bool,
) -> Option<T> {
    let home = slot(0);
    let first = at(home)?;
    if usable(&first) {
        return Some(first);
    }
    if !fallback {
        return None;
    }
    // There is no remainder only if there are no slots.
    let other = |offset: usize| at(slot(offset.wrapping_add(home).checked_rem(SIZE)?));
    (0..SIZE).map_while(other).find(usable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_counts_as_much_as_the_address() {
        assert_eq!(key(0x0a00_0001, 0), 0x0a00_0001);
        assert_eq!(key(0x0a00_0001, 2), key(0x0a00_0002, 1));
        assert_eq!(key(u32::MAX, 1), 0);
    }
}
