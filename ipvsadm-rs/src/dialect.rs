// SPDX-License-Identifier: GPL-2.0
//! Whether stock ipvsadm is followed where it loses data or hides failures.

use std::ffi::OsStr;

/// The environment variable that asks for [`Dialect::Stock`], by any value but none and `0`.
pub const VARIABLE: &str = "IPVSADM_COMPAT";

/// How close to stay to stock ipvsadm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// What stock does well is done alike; what it loses is kept, what it hides is told.
    #[default]
    Own,
    /// What stock does, to the byte.
    Stock,
}

impl Dialect {
    /// What the value of [`VARIABLE`] asks for.
    pub fn of(value: Option<&OsStr>) -> Self {
        match value {
            Some(value) if !value.is_empty() && value != "0" => Self::Stock,
            _ => Self::Own,
        }
    }

    /// Whether it is the stock one.
    pub fn is_stock(self) -> bool {
        self == Self::Stock
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_the_variable() {
        for (value, stock) in [(None, false), (Some(""), false), (Some("0"), false)] {
            assert_eq!(Dialect::of(value.map(OsStr::new)).is_stock(), stock);
        }
        for value in ["1", "yes", "no"] {
            assert_eq!(Dialect::of(Some(OsStr::new(value))), Dialect::Stock);
        }
    }
}
