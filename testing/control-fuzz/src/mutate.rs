// SPDX-License-Identifier: GPL-2.0

//! Something wrong with a request.

use crate::attr::{encode, Attr, Data, NESTED, NET_BYTEORDER};
use crate::draw::Draw;

/// Longest data of an attribute that is made longer.
const LONG: usize = 4096;
/// Depth of a nest that is too deep.
const DEEP: usize = 40;

/// Changes a tree in one place.
pub fn change(draw: &mut Draw, attrs: &mut Vec<Attr>) {
    // Down into a nest, mostly: that is where most of it is.
    if draw.percent(75) {
        let nests: Vec<usize> = (0..attrs.len())
            .filter(|at| matches!(&attrs[*at].data, Data::Nest(inner) if !inner.is_empty()))
            .collect();
        if !nests.is_empty() {
            let at = draw.pick(&nests);
            if let Data::Nest(inner) = &mut attrs[at].data {
                return change(draw, inner);
            }
        }
    }
    if attrs.is_empty() {
        attrs.push(any(draw));
        return;
    }
    let at = draw.below(attrs.len());
    match draw.below(14) {
        0 => drop(attrs.remove(at)),
        1 => attrs.insert(at, attrs[at].clone()),
        2 => attrs.push(attrs[at].clone()),
        3 => {
            let to = draw.below(attrs.len());
            attrs.swap(at, to);
        }
        4 => attrs.insert(at, any(draw)),
        5 => attrs[at].kind ^= draw.pick(&[NESTED, NET_BYTEORDER, NESTED | NET_BYTEORDER]),
        6 => attrs[at].kind = draw.edge() as u16,
        7 => attrs[at].lie = Some(draw.edge() as u16),
        8 => attrs[at].data = other(draw, &attrs[at].data),
        9 => attrs[at].data = deep(draw),
        10 => resize(draw, &mut attrs[at].data),
        _ => value(draw, &mut attrs[at].data),
    }
}

/// An attribute of any kind.
fn any(draw: &mut Draw) -> Attr {
    let kind = match draw.below(3) {
        0 => draw.edge() as u16,
        _ => draw.below(20) as u16,
    };
    let len = draw.weighted(&[(4, 4), (2, 2), (2, 0), (2, 1), (2, 16), (1, 17), (1, LONG)]);
    Attr::new(kind, &draw.bytes(len))
}

/// A nest as bytes, or bytes as a nest.
fn other(draw: &mut Draw, data: &Data) -> Data {
    match data {
        Data::Nest(inner) => Data::Bytes(encode(inner)),
        Data::Bytes(_) => Data::Nest((0..draw.below(4)).map(|_| any(draw)).collect()),
    }
}

fn deep(draw: &mut Draw) -> Data {
    let kind = draw.below(4) as u16;
    (0..DEEP).fold(Data::Bytes(Vec::new()), |data, _| {
        Data::Nest(vec![Attr {
            kind,
            data,
            lie: None,
        }])
    })
}

fn resize(draw: &mut Draw, data: &mut Data) {
    match data {
        Data::Nest(inner) => inner.truncate(draw.below(inner.len() + 1)),
        Data::Bytes(bytes) => {
            let len = draw.weighted(&[
                (3, bytes.len().saturating_sub(1)),
                (3, bytes.len() + 1),
                (2, 0),
                (2, 1),
                (2, 3),
                (2, 16),
                (2, 17),
                (1, 255),
                (1, LONG),
            ]);
            let fill = draw.pick(&[0, b'a', 0xff]);
            bytes.resize(len, fill);
        }
    }
}

/// Another value of the same length.
fn value(draw: &mut Draw, data: &mut Data) {
    match data {
        Data::Nest(inner) => {
            // From back to front.
            inner.reverse();
        }
        Data::Bytes(bytes) if bytes.len() <= 8 => {
            let number = draw.edge();
            let len = bytes.len();
            *bytes = match draw.percent(50) {
                true => number.to_ne_bytes()[..len].to_vec(),
                false => number.to_be_bytes()[8 - len..].to_vec(),
            };
        }
        Data::Bytes(bytes) => {
            let at = draw.below(bytes.len());
            bytes[at] = draw.edge() as u8;
        }
    }
}

/// Changes bytes in one place, whatever they mean.
pub fn change_bytes(draw: &mut Draw, bytes: &mut Vec<u8>) {
    match draw.below(4) {
        0 => bytes.truncate(draw.below(bytes.len() + 1)),
        1 => {
            let len = draw.pick(&[1, 2, 3, 4, 5, 16, 600]);
            let more = draw.bytes(len);
            bytes.extend(more);
        }
        _ if bytes.is_empty() => {}
        2 => {
            let at = draw.below(bytes.len());
            bytes[at] ^= 1 << draw.below(8);
        }
        _ => {
            let at = draw.below(bytes.len());
            bytes[at] = draw.edge() as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_can_be_encoded() {
        let mut draw = Draw::new(3, 0);
        let mut different = 0;
        for _ in 0..20_000 {
            let whole = vec![
                Attr::nest(1, vec![Attr::u16(1, 2), Attr::text(6, "rr")]),
                Attr::nest(2, vec![]),
                Attr::u32(4, 900),
            ];
            let mut changed = whole.clone();
            for _ in 0..3 {
                change(&mut draw, &mut changed);
            }
            let mut bytes = encode(&changed);
            change_bytes(&mut draw, &mut bytes);
            assert!(bytes.len() < 32_768, "{}", bytes.len());
            different += usize::from(changed != whole);
        }
        assert!(different > 15_000, "{different}");
    }
}
