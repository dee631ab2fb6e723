// SPDX-License-Identifier: GPL-2.0

//! The smallest Rust module: shows that a prepared kernel tree can build one.

use kernel::prelude::*;

module! {
    type: Probe,
    name: "probe",
    authors: ["rust_ipvs developers"],
    description: "Shows that this kernel tree builds Rust modules",
    license: "GPL",
}

struct Probe;

impl kernel::Module for Probe {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        pr_info!("hello\n");
        Ok(Probe)
    }
}
