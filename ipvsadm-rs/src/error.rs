// SPDX-License-Identifier: GPL-2.0
//! What can go wrong, its text and its exit status: both are part of the contract.

use crate::options::{Problem, Stop};
use ipvs_core::uapi::cmd::Command;
use std::borrow::Cow;
use std::fmt;

/// What the kernel answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// A positive errno.
    pub errno: i32,
    /// The kernel's own words, if it has any.
    pub detail: Option<String>,
}

impl From<i32> for Failure {
    fn from(errno: i32) -> Self {
        Self {
            errno,
            detail: None,
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        error.raw_os_error().unwrap_or(libc::EINVAL).into()
    }
}

/// Why a line was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The line does not begin with a command.
    NoCommand {
        /// As the program was called.
        program: String,
    },
    /// An option that cannot be read.
    Option {
        /// The word that was read last.
        word: String,
        /// What is wrong with it.
        problem: Problem,
    },
    /// A rule of the tool is broken.
    Refused(Cow<'static, str>),
    /// There is no IPVS, or it is not ours to use.
    Init(Failure),
    /// The kernel refused a change.
    Change(Command, Failure),
    /// The kernel refused to tell.
    Listing(Command, Failure),
    /// A file of the kernel cannot be used.
    File(Cow<'static, str>),
    /// Nothing to say (stock is silent there).
    Silent,
    /// Something went wrong of which the user has been told; the exit status.
    Reported(u8),
}

impl Error {
    /// A rule of the tool is broken.
    pub fn refused(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Refused(text.into())
    }

    /// The exit status that goes with it.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NoCommand { .. } | Self::Option { .. } | Self::Change(..) => 255,
            Self::Refused(_) | Self::Init(_) => 2,
            Self::Listing(..) | Self::File(_) | Self::Silent => 1,
            Self::Reported(status) => *status,
        }
    }

    /// Whether the kernel does not know IPVS any more, at least not by the number that it had: whoever looks
    /// for it again may find it.
    pub fn is_gone(&self) -> bool {
        self.is_failure_of(&[libc::ENOENT])
    }

    /// Whether IPVS is gone, or is just about to go: its family is there still, and answers that it is not.
    /// Whoever looks for it at once finds that one again, so it is better to wait.
    pub fn is_going(&self) -> bool {
        self.is_failure_of(&[libc::ENOENT, libc::EPROTONOSUPPORT])
    }

    /// Whether the kernel has told nothing, with one of these errnos.
    fn is_failure_of(&self, errnos: &[i32]) -> bool {
        match self {
            Self::Init(failure) | Self::Listing(_, failure) => errnos.contains(&failure.errno),
            _ => false,
        }
    }

    /// Whether a restore goes on with the next line.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Option { .. } | Self::Change(..))
    }

    /// What the kernel said beyond the errno.
    pub fn detail(&self) -> Option<&str> {
        match self {
            Self::Init(failure) | Self::Change(_, failure) | Self::Listing(_, failure) => {
                failure.detail.as_deref()
            }
            _ => None,
        }
    }
}

impl From<Stop> for Error {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Problem(word, problem) => Self::Option { word, problem },
            Stop::Command(word) => Self::refused(format!("invalid option `{word}'")),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCommand { program } => {
                writeln!(
                    f,
                    "Try `{program} -h' or '{program} --help' for more information."
                )
            }
            Self::Option { word, problem } => writeln!(f, "{word}: {problem}"),
            Self::Refused(text) | Self::File(text) => writeln!(f, "{text}"),
            Self::Init(failure) => writeln!(
                f,
                "Can't initialize ipvs: {}\nAre you sure that IP Virtual Server is built in the \
                 kernel or as module?",
                describe(Command::GetInfo, failure.errno)
            ),
            Self::Change(cmd, failure) | Self::Listing(cmd, failure) => {
                writeln!(f, "{}", describe(*cmd, failure.errno))
            }
            Self::Silent | Self::Reported(_) => Ok(()),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "unknown option",
            Self::MissingArgument => "missing argument",
            Self::UnwantedArgument => "option does not take an argument",
        })
    }
}

/// The text for an errno in answer to the netlink command `cmd`.
fn describe(cmd: Command, errno: i32) -> Cow<'static, str> {
    let text = specific(cmd, errno).or_else(|| general(errno));
    text.map_or_else(|| strerror(errno).into(), Cow::Borrowed)
}

fn specific(cmd: Command, errno: i32) -> Option<&'static str> {
    Some(match (cmd, errno) {
        (cmd, libc::EOPNOTSUPP) if cmd.is_own() => {
            "the kernel's ip_vs does not know this; load rust_ipvs"
        }
        (Command::GetReasons, libc::ESRCH) => "No such service",
        (Command::Explain, libc::ESRCH) => "There is no service, nor has there been one",
        (Command::NewService, libc::EEXIST) => "Service already exists",
        (Command::NewService | Command::SetService, libc::ENOENT) => {
            "Scheduler or persistence engine not found"
        }
        (
            Command::SetService
            | Command::DelService
            | Command::Zero
            | Command::GetService
            | Command::Feedback
            | Command::GetDest,
            libc::ESRCH,
        ) => "No such service",
        (Command::Drain, libc::EALREADY) => "The destination is not draining",
        (Command::NewDest | Command::SetDest | Command::DelDest | Command::Drain, libc::ESRCH) => {
            "Service not defined"
        }
        (Command::NewDaemon, libc::EEXIST) => "Daemon has already run",
        (Command::DelDaemon, libc::ESRCH) => "No daemon is running",
        (Command::NewDest, libc::EEXIST) => "Destination already exists",
        (
            Command::SetDest | Command::DelDest | Command::Drain | Command::Feedback,
            libc::ENOENT,
        ) => "No such destination",
        _ => return None,
    })
}

fn general(errno: i32) -> Option<&'static str> {
    Some(match errno {
        libc::EPERM => "Permission denied (you must be root)",
        libc::EINVAL => {
            "Invalid operation.  Possibly wrong module version, address not unicast, ..."
        }
        libc::ENOPROTOOPT => "Protocol not available",
        libc::ENOMEM => "Memory allocation problem",
        libc::EOPNOTSUPP => "Operation not supported with IPv6",
        libc::EAFNOSUPPORT => "Operation not supported with specified address family",
        libc::EMSGSIZE => "Module is wrong version",
        _ => return None,
    })
}

fn strerror(errno: i32) -> String {
    text(&std::io::Error::from_raw_os_error(errno))
}

/// The C library's text, which std follows by the number.
pub(crate) fn text(error: &std::io::Error) -> String {
    let mut text = error.to_string();
    text.truncate(text.rfind(" (os error").unwrap_or(text.len()));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_depend_on_the_request() {
        let text = |cmd, errno: i32| Error::Change(cmd, errno.into()).to_string();
        assert_eq!(text(Command::NewService, 17), "Service already exists\n");
        assert_eq!(text(Command::NewDest, 17), "Destination already exists\n");
        assert_eq!(text(Command::Flush, 17), "File exists\n");
        assert_eq!(
            text(Command::SetService, 2),
            "Scheduler or persistence engine not found\n"
        );
        assert_eq!(text(Command::DelDest, 2), "No such destination\n");
        assert_eq!(text(Command::NewDest, 2), "No such file or directory\n");
        assert_eq!(text(Command::Zero, 3), "No such service\n");
        assert_eq!(text(Command::SetDest, 3), "Service not defined\n");
        assert_eq!(
            text(Command::NewDest, 34),
            "Numerical result out of range\n"
        );
        assert_eq!(
            text(Command::NewService, 1),
            "Permission denied (you must be root)\n"
        );
        assert_eq!(text(Command::SetConfig, 524), "Unknown error 524\n");
    }

    #[test]
    fn what_goes_is_not_gone_yet() {
        let of = |errno: i32| Error::Listing(Command::GetService, errno.into());
        let is = |error: Error| (error.is_gone(), error.is_going());
        assert_eq!(is(of(libc::ENOENT)), (true, true));
        assert_eq!(is(of(libc::EPROTONOSUPPORT)), (false, true));
        assert_eq!(is(of(libc::EPERM)), (false, false));
        let change = Error::Change(Command::Feedback, libc::ENOENT.into());
        assert_eq!(is(change), (false, false));
    }

    #[test]
    fn init_takes_two_lines() {
        let error = Error::Init(92.into());
        assert_eq!(
            error.to_string(),
            "Can't initialize ipvs: Protocol not available\nAre you sure that IP Virtual Server \
             is built in the kernel or as module?\n"
        );
        assert_eq!(error.exit_code(), 2);
    }
}
