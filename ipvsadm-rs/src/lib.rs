// SPDX-License-Identifier: GPL-2.0
//! Administration of IP Virtual Server with the command line, messages, exit codes and output of
//! stock ipvsadm.
//!
//! From a line to the kernel and back: [`options`] (as typed) → [`command`] (as meant) →
//! [`client`] (as sent) → [`model`] (as answered) → [`output`] (as shown).

pub mod client;
pub mod command;
pub mod error;
pub mod model;
pub mod options;
pub mod output;
pub mod resolve;
mod run;

pub use run::{execute, run};
