// SPDX-License-Identifier: GPL-2.0

//! References to modules.
//!
//! C header: [`include/linux/module.h`](srctree/include/linux/module.h)

use kernel::{bindings, prelude::*};

/// Keeps a module from being unloaded.
///
/// # Invariants
///
/// This value owns one reference of the module.
pub struct ModuleRef(&'static ThisModule);

impl ModuleRef {
    /// Takes a reference, unless the module is being unloaded already.
    pub fn new(module: &'static ThisModule) -> Option<Self> {
        // SAFETY: The module exists: its code is running.
        let got = unsafe { bindings::try_module_get(module.as_ptr()) };
        // INVARIANT: A reference was taken.
        got.then_some(Self(module))
    }
}

impl Drop for ModuleRef {
    fn drop(&mut self) {
        // SAFETY: By the type invariants.
        unsafe { bindings::module_put(self.0.as_ptr()) };
    }
}
