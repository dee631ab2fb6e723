// SPDX-License-Identifier: GPL-2.0
//! Words to options, without meaning: the part that popt has in stock ipvsadm.
//!
//! `lexopt` takes single words apart (bundles, `-t=x`, `--opt=x`). Going from word to word is done
//! here, because messages quote the word that was read last, and because an optional value is
//! taken from the next word unless that begins with a dash.
//!
//! Nothing is allocated for a word that is one option or one value, as nearly all are.

use super::defs::{Argument, CommandDef, OptionDef, Section};
use super::table::{COMMANDS, OPTIONS};
use crate::dialect::Dialect;
use lexopt::{Arg, Error, Parser};
use std::borrow::Cow;

/// A command or an option.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum Def {
    Command(&'static CommandDef),
    Option(&'static OptionDef),
}

/// What letters stand for, from the tables.
static SHORTS: [Option<Def>; 128] = {
    let mut shorts = [None; 128];
    let mut at = 0;
    while at < OPTIONS.len() {
        if let Some(letter) = OPTIONS[at].short {
            shorts[letter as usize] = Some(Def::Option(&OPTIONS[at]));
        }
        at += 1;
    }
    at = 0;
    while at < COMMANDS.len() {
        let letters = COMMANDS[at].shorts.as_bytes();
        let mut letter = 0;
        while letter < letters.len() {
            shorts[letters[letter] as usize] = Some(Def::Command(&COMMANDS[at]));
            letter += 1;
        }
        at += 1;
    }
    shorts
};

impl Def {
    /// Finds what `-c` stands for.
    pub fn short(c: char) -> Option<Self> {
        SHORTS.get(c as usize).copied().flatten()
    }

    /// Finds what `--name` stands for.
    pub fn long(name: &str, dialect: Dialect) -> Option<Self> {
        let known = |def: &&OptionDef| !dialect.is_stock() || def.section != Section::Own;
        let option = OPTIONS.iter().filter(known).find(|o| o.long == name);
        option.map(Self::Option).or_else(|| {
            let command = COMMANDS.iter().find(|d| d.long == name);
            command.map(Self::Command)
        })
    }

    /// Its value.
    pub fn argument(self) -> Argument {
        match self {
            Self::Command(def) => def.argument,
            Self::Option(def) => def.argument,
        }
    }
}

/// The value of an option: a word, or a part of one.
pub type Value<'a> = Option<Cow<'a, str>>;

/// What popt found wrong with an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// No such option.
    Unknown,
    /// The line ended where a value was needed.
    MissingArgument,
    /// A flag was given a value by `=`.
    UnwantedArgument,
}

/// Why the options end before the line does. The word is the one that was read last.
#[derive(Debug, PartialEq, Eq)]
pub enum Stop {
    /// popt refuses the word.
    Problem(String, Problem),
    /// A command where an option was expected.
    Command(String),
}

/// Takes a line (without the name of the program) apart, from left to right.
pub struct Lexer<'a> {
    dialect: Dialect,
    /// What has not been read.
    rest: &'a [&'a str],
    /// The word under the knife.
    word: Option<Box<Parser>>,
    /// What messages quote.
    quote: &'a str,
    /// After `--`.
    only_words: bool,
    words: Vec<&'a str>,
}

impl<'a> Lexer<'a> {
    /// Begins a line.
    pub fn new(dialect: Dialect, words: &'a [&'a str]) -> Self {
        Self {
            dialect,
            rest: words,
            word: None,
            quote: "",
            only_words: false,
            words: Vec::new(),
        }
    }

    /// The first option, if it is a command, and its value.
    pub fn command(&mut self) -> Option<(&'static CommandDef, Value<'a>)> {
        match self.next()?.ok()? {
            Def::Command(def) => Some((def, self.argument(def.argument).ok()?)),
            Def::Option(_) => None,
        }
    }

    /// The next option after the command, and its value, if one was given.
    pub fn option(&mut self) -> Option<Result<(&'static OptionDef, Value<'a>), Stop>> {
        let found = match self.next()? {
            Ok(Def::Option(def)) => self.argument(def.argument).map(|value| (def, value)),
            Ok(Def::Command(def)) => match self.argument(def.argument) {
                Ok(_) => return Some(Err(Stop::Command(self.quote.to_owned()))),
                Err(problem) => Err(problem),
            },
            Err(problem) => Err(problem),
        };
        Some(found.map_err(|problem| Stop::Problem(self.quote.to_owned(), problem)))
    }

    /// Words so far that belong to no option.
    pub fn words(self) -> Vec<&'a str> {
        self.words
    }

    /// What the next option is; what is not one is put aside.
    fn next(&mut self) -> Option<Result<Def, Problem>> {
        loop {
            if self.word.is_some() {
                let found = self.next_within_word();
                if found.is_some() {
                    return found;
                }
            }
            let word = self.next_word()?;
            if self.only_words || !is_option(word) {
                self.words.push(word);
            } else if word == "--" {
                self.only_words = true;
            } else {
                self.quote = word;
                if let Some(def) = alone(word, self.dialect) {
                    return Some(Ok(def));
                }
                self.word = Some(Box::new(Parser::from_args([word])));
            }
        }
    }

    #[cold]
    fn next_within_word(&mut self) -> Option<Result<Def, Problem>> {
        let found = identify(self.word.as_mut()?, self.dialect);
        if found.is_none() {
            self.word = None;
        }
        found
    }

    fn argument(&mut self, argument: Argument) -> Result<Value<'a>, Problem> {
        if argument == Argument::None {
            return Ok(None);
        }
        if self.word.is_some() {
            if let Some(value) = self.rest_of_word() {
                return Ok(Some(value.into()));
            }
        }
        let is_left_out = match argument {
            Argument::Optional(_) => self.rest.first().is_none_or(|word| word.starts_with('-')),
            _ => false,
        };
        if is_left_out {
            return Ok(None);
        }
        // it is now the word that was read last
        self.quote = self.next_word().ok_or(Problem::MissingArgument)?;
        Ok(Some(Cow::Borrowed(self.quote)))
    }

    #[cold]
    fn rest_of_word(&mut self) -> Option<String> {
        let value = self.word.as_mut()?.optional_value()?;
        Some(value.to_string_lossy().into_owned())
    }

    fn next_word(&mut self) -> Option<&'a str> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }
}

/// The option that is all of a word, as nearly always.
fn alone(word: &str, dialect: Dialect) -> Option<Def> {
    match word.as_bytes() {
        [b'-', b'-', ..] => Def::long(word.get(2..)?, dialect),
        [b'-', letter] => Def::short(char::from(*letter)),
        _ => None,
    }
}

/// The next option within one word.
fn identify(parser: &mut Parser, dialect: Dialect) -> Option<Result<Def, Problem>> {
    let def = match parser.next() {
        Ok(Some(Arg::Short(c))) => Def::short(c),
        Ok(Some(Arg::Long(name))) => Def::long(name, dialect),
        _ => return None,
    };
    let flag = def.is_some_and(|def| def.argument() == Argument::None);
    if flag && matches!(parser.clone().next(), Err(Error::UnexpectedValue { .. })) {
        return Some(Err(Problem::UnwantedArgument));
    }
    Some(def.ok_or(Problem::Unknown))
}

fn is_option(word: &str) -> bool {
    word.starts_with('-') && word.len() > 1
}
