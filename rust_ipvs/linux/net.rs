// SPDX-License-Identifier: GPL-2.0

//! Networking.

pub mod chore;
pub mod conntrack;
mod device;
pub mod genetlink;
pub mod inet;
mod inside;
pub mod namespace;
pub mod netfilter;
pub mod path;
pub mod route;
pub mod route6;
pub mod skbuff;
pub mod sockopt;
pub mod sysctl;
pub mod tunnel;

pub use namespace::{has_ipv6, Net};
pub use skbuff::SkBuff;
