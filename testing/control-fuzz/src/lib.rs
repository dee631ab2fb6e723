// SPDX-License-Identifier: GPL-2.0

//! A fuzzer of the control interface in a running kernel.
//!
//! [`step::Steps`] makes a stream of steps from a seed alone: most are requests as programs send them,
//! so that services and destinations come into being, the others are such requests with something
//! wrong. [`machine`] takes the steps in the kernel. Whether an answer may be given is for [`expect`]
//! to say, which answers were given at all is counted by [`coverage`].

pub mod attr;
pub mod connections;
pub mod coverage;
pub mod draw;
pub mod expect;
pub mod files;
pub mod machine;
pub mod mutate;
pub mod own;
pub mod request;
pub mod socket_option;
pub mod step;
