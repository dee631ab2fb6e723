// SPDX-License-Identifier: GPL-2.0
//! What a line means: every command with its checked operands.

mod build;
mod check;
mod draft;
pub mod policy;
pub mod time;
pub(crate) mod value;

use crate::error::Error;
use crate::model::{Daemon, Server, Service, ServiceKey, Timeouts};
use crate::options::Lexer;
use crate::output::Style;
use crate::resolve::Names;

/// A command that can be carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Command {
    Help,
    Version,
    AddService(Service),
    EditService(Service),
    DeleteService(ServiceKey),
    Flush,
    AddServer(ServiceKey, Server),
    EditServer(ServiceKey, Server),
    DeleteServer(ServiceKey, Server),
    /// Of one service or of all.
    Zero(Option<ServiceKey>),
    SetTimeouts(Timeouts),
    /// Of one service or of all.
    List(Option<ServiceKey>, Style),
    ListConnections(Style),
    ListTimeouts(Style),
    ListDaemons(Style),
    StartDaemon(Daemon),
    /// Role and identity count.
    StopDaemon(Daemon),
    /// By number if so.
    Save(bool),
    /// All lines or none if so.
    Restore(bool),
}

impl Command {
    /// What a line means, or the first rule that it breaks.
    pub fn new(program: &str, line: Lexer<'_>, names: &dyn Names) -> Result<Self, Error> {
        build::command(program, line, names)
    }
}
