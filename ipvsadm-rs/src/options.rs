// SPDX-License-Identifier: GPL-2.0
//! The command line as typed: tables of what exists, and the lexer that follows them.

pub mod defs;
pub mod help;
pub mod raw;
pub mod slots;
pub mod table;

pub use defs::{Argument, CommandDef, Id, OptionDef, Section, Slot, Verb};
pub use raw::{Def, Lexer, Problem, Stop, Value};
