// SPDX-License-Identifier: GPL-2.0

//! Inputs by the number: seeds, changed at random but repeatably.

/// Longest input, in bytes.
const MAX_LEN: usize = 512;

/// Numbers that break things more often than others do.
const INTERESTING: [u8; 10] = [0, 1, 2, 3, 4, 10, 0x3f, 0x7f, 0x80, 0xff];

/// Xorshift: not random enough for secrets, and exactly the same everywhere.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Starts from a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next number.
    pub fn next_u64(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `bound`, which is not 0.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next_u64() >> 16) as usize % bound
    }
}

/// A stream of inputs.
#[derive(Clone, Debug)]
pub struct Inputs {
    random: Random,
    seeds: Vec<Vec<u8>>,
    current: Vec<u8>,
}

impl Inputs {
    /// Changes of `seeds`, by a seed of its own.
    pub fn new(seed: u64, seeds: Vec<Vec<u8>>) -> Self {
        Self {
            random: Random::new(seed),
            seeds,
            current: Vec::with_capacity(2 * MAX_LEN),
        }
    }

    /// The next input.
    pub fn next_input(&mut self) -> &[u8] {
        self.current.clear();
        if self.seeds.is_empty() || self.random.below(16) == 0 {
            self.noise();
        } else {
            let seed = self.random.below(self.seeds.len());
            self.current.extend_from_slice(&self.seeds[seed]);
        }
        for _ in 0..self.random.below(6) {
            self.change();
        }
        self.current.truncate(MAX_LEN);
        &self.current
    }

    fn noise(&mut self) {
        for _ in 0..self.random.below(96) {
            let byte = self.random.next_u64() >> 32;
            self.current.push(byte as u8);
        }
    }

    fn change(&mut self) {
        let len = self.current.len();
        if len == 0 {
            return self.noise();
        }
        let at = self.random.below(len);
        match self.random.below(7) {
            0 => self.current[at] ^= 1 << self.random.below(8),
            1 => self.current[at] = INTERESTING[self.random.below(INTERESTING.len())],
            2 => self.current[at] = self.random.next_u64() as u8,
            3 => self.current.truncate(at),
            4 => drop(self.current.drain(at..len.min(at + 4))),
            5 => self.current.extend_from_within(at..len.min(at + 24)),
            _ => {
                // Seeds are aligned, so that this mostly copies one field over another.
                let from = self.random.below(len);
                let count = 4.min(len - from).min(len - at);
                self.current.copy_within(from..from + count, at);
            }
        }
    }
}

/// IPv4 packets of each kind.
pub fn packets() -> Vec<Vec<u8>> {
    let ip = |proto, frag: [u8; 2], options: &[u8]| {
        let len = 20 + options.len() as u8;
        let mut header = vec![
            0x40 | (len / 4),
            0,
            0,
            len + 24,
            0,
            1,
            frag[0],
            frag[1],
            64,
            proto,
            0,
            0,
        ];
        header.extend([10, 0, 0, 2, 192, 0, 2, 1]);
        header.extend(options);
        header
    };
    let tcp = |flags| {
        vec![
            0xc3, 0x50, 0x1f, 0x90, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, flags, 255, 255, 1, 2, 0, 0,
        ]
    };
    let udp = vec![
        0xc3, 0x50, 0x1f, 0x90, 0, 12, 0x12, 0x34, b'p', b'i', b'n', b'g',
    ];

    let sctp = |chunks: &[u8]| {
        let header = [0xc3, 0x50, 0x1f, 0x90, 0, 0, 0, 7, 1, 2, 3, 4];
        [&header[..], chunks].concat()
    };
    let init = [1, 0, 0, 12, 0, 0, 0, 9, 0, 1, 0, 0];
    let aborted = [10, 0, 0, 5, 1, 0, 0, 0, 6, 0, 0, 4];

    vec![
        [ip(132, [0x40, 0], &[]), sctp(&init)].concat(),
        [ip(132, [0, 0], &[1; 8]), sctp(&aborted)].concat(),
        [ip(50, [0, 0], &[]), sctp(&[])].concat(),
        [ip(51, [0x20, 0xb9], &[]), sctp(&[])].concat(),
        [ip(6, [0x40, 0], &[]), tcp(0x02)].concat(),
        [ip(6, [0x40, 0], &[1; 12]), tcp(0x11)].concat(),
        [ip(6, [0, 0], &[1; 40]), tcp(0x04)].concat(),
        [ip(17, [0, 0], &[]), udp.clone()].concat(),
        [ip(17, [0x20, 0], &[]), udp.clone()].concat(),
        [ip(17, [0, 0xb9], &[]), udp.clone()].concat(),
        [
            ip(1, [0, 0], &[]),
            vec![3, 3, 0, 0, 0, 0, 0, 0],
            ip(17, [0, 0], &[]),
            udp,
        ]
        .concat(),
    ]
}

/// IPv6 packets, with and without extension headers.
pub fn packets6() -> Vec<Vec<u8>> {
    let ip = |next, extensions: &[u8]| {
        let mut header = vec![0x60, 0, 0, 0, 0, extensions.len() as u8 + 24, next, 64];
        header.extend([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
        header.extend([0xfd, 0, 0, 15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        header.extend(extensions);
        header
    };
    let tcp = [
        0xc3, 0x50, 0x1f, 0x90, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 2, 255, 255, 1, 2, 0, 0,
    ];
    let sctp = [
        0xc3, 0x50, 0x1f, 0x90, 0, 0, 0, 7, 1, 2, 3, 4, 10, 0, 0, 5, 1, 0, 0, 0, 6, 0, 0, 4,
    ];
    let options = |next| [next, 0, 1, 4, 0, 0, 0, 0];
    let fragment = |next, at| [next, 0, 0, at, 0, 0, 0, 9];
    let routing = |next| [next, 0, 4, 0, 0, 0, 0, 0];
    let ah = |next| [next, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1];

    vec![
        [&ip(6, &[])[..], &tcp].concat(),
        [&ip(132, &[])[..], &sctp].concat(),
        [&ip(50, &[])[..], &sctp].concat(),
        [&ip(58, &[])[..], &[128, 0, 0, 0, 0, 0, 0, 1]].concat(),
        [&ip(0, &[options(60), options(132)].concat())[..], &sctp].concat(),
        [&ip(43, &routing(6))[..], &tcp].concat(),
        [&ip(44, &fragment(132, 1))[..], &sctp].concat(),
        [&ip(44, &fragment(50, 9))[..], &sctp].concat(),
        [&ip(51, &ah(132))[..], &sctp].concat(),
    ]
}

fn attr(kind: u16, data: &[u8]) -> Vec<u8> {
    let mut bytes = [(4 + data.len() as u16).to_ne_bytes(), kind.to_ne_bytes()].concat();
    bytes.extend(data);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// Contents of the nest of a service.
pub fn services() -> Vec<Vec<u8>> {
    let rest = [
        attr(6, b"wlc\0"),
        attr(7, &[1, 0, 0, 0, 255, 255, 255, 255]),
        attr(8, &[0x2c, 1, 0, 0]),
        attr(9, &[255, 255, 255, 0]),
    ]
    .concat();
    let v4 = [
        attr(1, &[2, 0]),
        attr(2, &[6, 0]),
        attr(3, &[192, 0, 2, 1]),
        attr(4, &[0, 80]),
    ]
    .concat();
    let v6 = [
        attr(1, &[10, 0]),
        attr(2, &[17, 0]),
        attr(3, &[0xfd; 16]),
        attr(4, &[0, 53]),
    ]
    .concat();
    let mark = [attr(1, &[2, 0]), attr(5, &[7, 0, 0, 0])].concat();

    vec![
        [&v4[..], &rest].concat(),
        [&v6[..], &rest, &attr(11, b"sip\0")].concat(),
        [&mark[..], &rest, &attr(10, &attr(1, &[0; 4]))].concat(),
    ]
}

/// Contents of the nest of a destination.
pub fn dests() -> Vec<Vec<u8>> {
    let full = [
        attr(1, &[172, 16, 0, 2]),
        attr(2, &[0, 80]),
        attr(3, &[2, 0, 0, 0]),
        attr(4, &[1, 0, 0, 0]),
        attr(5, &[100, 0, 0, 0]),
        attr(6, &[80, 0, 0, 0]),
    ]
    .concat();
    let tunnel = [
        attr(13, &[1]),
        attr(14, &[0x16, 0xfe]),
        attr(15, &[1, 0]),
        attr(11, &[10, 0]),
    ]
    .concat();

    vec![full.clone(), [full, tunnel].concat()]
}
