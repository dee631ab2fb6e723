// SPDX-License-Identifier: GPL-2.0
//! The program `ipvsadm`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(ipvsadm::run(std::env::args_os()))
}
