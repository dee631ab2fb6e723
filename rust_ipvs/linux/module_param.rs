// SPDX-License-Identifier: GPL-2.0

//! Module parameters that can be read in `/sys/module`.
//!
//! C header: [`include/linux/moduleparam.h`](srctree/include/linux/moduleparam.h)

use super::sync::access::AccessOnce;
use kernel::{bindings, prelude::*, sync::atomic::Atomic};

/// An integer parameter, given when the module is loaded; readable by everybody afterwards.
pub struct IntParam(Atomic<i32>);

impl IntParam {
    /// The parameter, as it is if nobody sets it.
    pub const fn new(default: i32) -> Self {
        Self(Atomic::new(default))
    }

    /// Its value.
    pub fn get(&self) -> i32 {
        self.0.read_once()
    }

    /// Has users see another value than was given.
    pub fn set(&self, value: i32) {
        self.0.write_once(value);
    }

    /// What tells the kernel of the parameter.
    #[doc(hidden)]
    pub const fn describe(&'static self, name: &'static CStr) -> Param {
        Param(bindings::kernel_param {
            name: kernel::str::as_char_ptr_in_const_context(name),
            mod_: &raw mut bindings::__this_module,
            ops: &raw const bindings::param_ops_int,
            perm: 0o444,
            level: -1,
            flags: 0,
            __bindgen_anon_1: bindings::kernel_param__bindgen_ty_1 {
                arg: self.0.as_ptr().cast(),
            },
        })
    }
}

/// A `struct kernel_param`.
#[doc(hidden)]
#[repr(transparent)]
pub struct Param(bindings::kernel_param);

// SAFETY: Only the kernel looks at it.
unsafe impl Sync for Param {}

/// Copies a string with its terminator into an array of its size.
#[doc(hidden)]
pub const fn bytes<const N: usize>(text: &str) -> [u8; N] {
    let mut bytes = [0; N];
    let mut i = 0;
    while i < N {
        bytes[i] = text.as_bytes()[i];
        i += 1;
    }
    bytes
}

/// Makes a static [`IntParam`] with a name for users, a default, and a description.
#[macro_export]
macro_rules! int_param {
    ($(#[$doc:meta])* $vis:vis static $ident:ident = $name:literal, $default:expr, $text:literal) => {
        $(#[$doc])*
        $vis static $ident: $crate::module_param::IntParam =
            $crate::module_param::IntParam::new($default);

        const _: () = {
            #[link_section = "__param"]
            #[used(compiler)]
            static PARAM: $crate::module_param::Param = $ident.describe(
                match ::core::ffi::CStr::from_bytes_with_nul(::core::concat!($name, "\0").as_bytes())
                {
                    Ok(name) => name,
                    Err(_) => ::core::panic!("a name with a NUL in it"),
                },
            );

            const TYPE: &str = ::core::concat!("parmtype=", $name, ":int\0");
            #[link_section = ".modinfo"]
            #[used(compiler)]
            static TYPE_INFO: [u8; TYPE.len()] = $crate::module_param::bytes(TYPE);

            const HELP: &str = ::core::concat!("parm=", $name, ":", $text, "\0");
            #[link_section = ".modinfo"]
            #[used(compiler)]
            static HELP_INFO: [u8; HELP.len()] = $crate::module_param::bytes(HELP);
        };
    };
}
