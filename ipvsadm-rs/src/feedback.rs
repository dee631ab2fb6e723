// SPDX-License-Identifier: GPL-2.0
//! Dynamic feedback: looks how loaded servers are and tells the kernel how much more or less than
//! its weight each is to get.
//!
//! From a server to the kernel: [`queue`] (who is asked when), [`input`] (asked in time), or the
//! director ([`own`]) → [`reading`] (as understood) → [`wish`] (together) → [`rule`] (what is made of it)
//! → [`controller`] (round for round) → [`journal`] (why). [`config`] says what of all that is wanted;
//! [`program`] runs commands, each in a [`group`], and [`http`] knows answers. Of these only `input`,
//! `program` and `group` do anything to the world.

pub mod config;
pub mod controller;
pub mod group;
pub mod http;
pub mod input;
pub mod journal;
pub mod own;
pub mod program;
pub mod queue;
pub mod reading;
pub mod rule;
pub mod wish;
