// SPDX-License-Identifier: GPL-2.0

//! Synchronisation primitives.

pub mod access;
pub mod once_box;
pub mod rcu;
pub mod rcu_arc;
pub mod rcu_table;
pub mod rcu_vec;
pub mod spinlock_bh;
