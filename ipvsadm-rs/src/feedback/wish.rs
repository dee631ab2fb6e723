// SPDX-License-Identifier: GPL-2.0
//! What a server wants, by all that its inputs say.

use super::reading::{Problem, Reading};

/// What inputs say of a server in one round.
pub type Said = Vec<Result<Reading, Problem>>;

/// What a server wants, all in all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wish {
    /// It is loaded like this, if anything is known of that, and this is to be made of its factor.
    Served(Option<f64>, f64),
    /// No connections.
    Out,
    /// It cannot be said.
    Unknown,
}

/// Everything that inputs say, together; those of `ratios` count so much.
pub fn together(said: &[Result<Reading, Problem>], ratios: &[f64]) -> Wish {
    if said.contains(&Ok(Reading::Out)) {
        return Wish::Out;
    }
    let (mut loads, mut whole, mut share) = (0.0, 0.0, 1.0);
    for (said, ratio) in said.iter().zip(ratios) {
        match said {
            Ok(Reading::Load(load)) => {
                loads += ratio * load;
                whole += ratio;
            }
            Ok(Reading::Share(part)) => share *= part,
            // With the others alone it would be another number.
            Ok(Reading::Out) | Err(_) => return Wish::Unknown,
        }
    }
    Wish::Served((whole > 0.0).then(|| loads / whole), share)
}
