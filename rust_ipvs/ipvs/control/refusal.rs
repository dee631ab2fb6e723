// SPDX-License-Identifier: GPL-2.0

//! Why a request is turned down.

use ipvs_core::uapi::error::{
    Place,
    SpecError,
    StateError, //
};
use kernel::prelude::*;

/// An error with a sentence for the sender.
pub(crate) struct Refusal {
    error: Error,
    message: Option<&'static CStr>,
    place: Option<Place>,
}

impl Refusal {
    pub(crate) const NO_DAEMON: Self =
        Self::unsupported(EOPNOTSUPP, c"DAEMON: synchronisation is not available yet");
    pub(crate) const UNLOADING: Self =
        Self::unsupported(ENOPROTOOPT, c"the module is being unloaded");

    const fn unsupported(error: Error, message: &'static CStr) -> Self {
        Self {
            error,
            message: Some(message),
            place: None,
        }
    }

    /// The error number.
    pub(crate) fn error(&self) -> Error {
        self.error
    }

    /// What was wrong, in words.
    pub(crate) fn message(&self) -> Option<&'static CStr> {
        self.message
    }

    /// Which attribute of the request it is about.
    pub(crate) fn place(&self) -> Option<Place> {
        self.place
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self {
            error,
            message: None,
            place: None,
        }
    }
}

impl From<SpecError> for Refusal {
    fn from(error: SpecError) -> Self {
        Self {
            error: Error::from_errno(error.errno().wrapping_neg()),
            message: Some(error.message()),
            place: Some(error.place()),
        }
    }
}

impl From<StateError> for Refusal {
    fn from(error: StateError) -> Self {
        Self {
            error: Error::from_errno(error.errno().wrapping_neg()),
            message: Some(error.message()),
            place: Some(error.place()),
        }
    }
}
