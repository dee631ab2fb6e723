// SPDX-License-Identifier: GPL-2.0
//! Administration of IP Virtual Server with the command line, messages, exit codes and output of
//! stock ipvsadm.
//!
//! From a line to the kernel and back: [`options`] (as typed) → [`command`] (as meant) →
//! [`client`] (as sent) → [`model`] (as answered) → [`output`] (as shown).

pub mod client;
pub mod command;
pub mod dialect;
pub mod error;
mod execute;
pub mod feedback;
pub mod model;
pub mod options;
pub mod output;
pub mod resolve;
mod restore;
mod run;
mod scripts;
pub mod table;
pub mod tool;

pub use execute::{execute, Context, Sink};
pub use restore::{atomic, restore, Report};
pub use run::run;
