// SPDX-License-Identifier: GPL-2.0

//! Commands of the generic netlink family (`IPVS_CMD_*`).

/// A command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Command {
    /// Adds a service.
    NewService = 1,
    /// Changes a service.
    SetService = 2,
    /// Deletes a service.
    DelService = 3,
    /// Asks for one service, or for all.
    GetService = 4,
    /// Adds a destination.
    NewDest = 5,
    /// Changes a destination.
    SetDest = 6,
    /// Deletes a destination.
    DelDest = 7,
    /// Asks for the destinations of a service.
    GetDest = 8,
    /// Starts a sync daemon.
    NewDaemon = 9,
    /// Stops a sync daemon.
    DelDaemon = 10,
    /// Asks for the sync daemons.
    GetDaemon = 11,
    /// Sets timeouts.
    SetConfig = 12,
    /// Asks for timeouts.
    GetConfig = 13,
    /// The answer to [`Self::GetInfo`]; not a request.
    SetInfo = 14,
    /// Asks for the version and the size of the connection table.
    GetInfo = 15,
    /// Zeroes statistics, of one service or of all.
    Zero = 16,
    /// Deletes all services.
    Flush = 17,
    // Of what C does not have, far from the numbers that it may come to need. An answer has the
    // number of its request.
    /// Begins or ends draining of a destination.
    Drain = 64,
    /// Tells of something that has happened; not a request.
    Event = 65,
    /// Asks what would become of a packet, and why.
    Explain = 66,
    /// Asks for connections.
    GetConn = 67,
    /// Ends connections.
    DelConn = 68,
    /// Makes several changes, all or none.
    Apply = 69,
    /// Asks why packets were dropped.
    GetReasons = 70,
    /// Reports how loaded destinations are.
    Feedback = 71,
    /// Asks for sums of statistics.
    GetTotals = 72,
}

impl Command {
    /// From its number; `None` for one that does not exist.
    pub const fn from_u8(command: u8) -> Option<Self> {
        Some(match command {
            1 => Self::NewService,
            2 => Self::SetService,
            3 => Self::DelService,
            4 => Self::GetService,
            5 => Self::NewDest,
            6 => Self::SetDest,
            7 => Self::DelDest,
            8 => Self::GetDest,
            9 => Self::NewDaemon,
            10 => Self::DelDaemon,
            11 => Self::GetDaemon,
            12 => Self::SetConfig,
            13 => Self::GetConfig,
            14 => Self::SetInfo,
            15 => Self::GetInfo,
            16 => Self::Zero,
            17 => Self::Flush,
            64 => Self::Drain,
            65 => Self::Event,
            66 => Self::Explain,
            67 => Self::GetConn,
            68 => Self::DelConn,
            69 => Self::Apply,
            70 => Self::GetReasons,
            71 => Self::Feedback,
            72 => Self::GetTotals,
            _ => return None,
        })
    }

    /// Whether C does not have it.
    pub const fn is_own(self) -> bool {
        self as u8 >= Self::Drain as u8
    }

    /// The command of a message that answers this one; `None` if the answer is an acknowledgment.
    pub const fn reply(self) -> Option<Self> {
        match self {
            Self::GetService => Some(Self::NewService),
            Self::GetDest => Some(Self::NewDest),
            Self::GetDaemon => Some(Self::NewDaemon),
            Self::GetConfig => Some(Self::SetConfig),
            Self::GetInfo => Some(Self::SetInfo),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_dense() {
        for number in (1..=17).chain(64..=72) {
            let command = Command::from_u8(number).unwrap();
            assert_eq!(command as u8, number);
            assert_eq!(command.is_own(), number > 17);
        }
        for number in [0, 18, 63, 73] {
            assert_eq!(Command::from_u8(number), None);
        }
    }

    #[test]
    fn answers() {
        let answers = [(4, 1), (8, 5), (11, 9), (13, 12), (15, 14)];
        for number in 1..=17 {
            let reply = Command::from_u8(number)
                .unwrap()
                .reply()
                .map(|reply| reply as u8);
            let expected = answers
                .iter()
                .find(|(get, _)| *get == number)
                .map(|(_, answer)| *answer);

            assert_eq!(reply, expected);
        }
    }
}
