// SPDX-License-Identifier: GPL-2.0
//! Words to options, without meaning: the part that popt has in stock ipvsadm.
//!
//! `lexopt` takes single words apart (bundles, `-t=x`, `--opt=x`). Going from word to word is done
//! here, because messages quote the word that was read last, and because an optional value is
//! taken from the next word unless that begins with a dash.

use super::defs::{Argument, CommandDef, OptionDef, Section};
use super::table::{COMMANDS, OPTIONS};
use crate::dialect::Dialect;
use lexopt::{Arg, Error, Parser};
use std::borrow::Cow;
use std::ffi::OsStr;

/// A command or an option.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum Def {
    Command(&'static CommandDef),
    Option(&'static OptionDef),
}

impl Def {
    /// Finds what `-c` stands for.
    pub fn short(c: char) -> Option<Self> {
        let option = OPTIONS.iter().find(|o| o.short == Some(c));
        option.map(Self::Option).or_else(|| {
            let command = COMMANDS.iter().find(|d| d.shorts.contains(c));
            command.map(Self::Command)
        })
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

/// An option as typed.
#[derive(Debug)]
pub struct Item<'a> {
    /// Its row in the table.
    pub def: &'static OptionDef,
    /// Its value, if one was given.
    pub value: Value<'a>,
}

/// The value of an option: a word, or a part of one.
pub type Value<'a> = Option<Cow<'a, OsStr>>;

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

/// A line as typed.
#[derive(Debug)]
pub struct Line<'a> {
    /// The first option, if it is a command, and its value.
    pub command: Option<(&'static CommandDef, Value<'a>)>,
    /// Options after it, in order.
    pub items: Vec<Item<'a>>,
    /// What ended the options, if not the end of the line.
    pub stop: Option<Stop>,
    /// Words that belong to no option.
    pub words: Vec<&'a OsStr>,
}

/// Takes a line (without the name of the program) apart.
pub fn lex<'a>(dialect: Dialect, words: impl Iterator<Item = &'a OsStr>) -> Line<'a> {
    let mut lexer = Lexer {
        dialect,
        source: words.peekable(),
        word: None,
        quote: None,
        only_words: false,
        words: Vec::new(),
    };
    let mut line = Line {
        command: None,
        items: Vec::new(),
        stop: None,
        words: Vec::new(),
    };
    if let Some(Ok((Def::Command(def), value))) = lexer.next() {
        line.command = Some((def, value));
        while let Some(found) = lexer.next() {
            match found {
                Ok((Def::Option(def), value)) => line.items.push(Item { def, value }),
                Ok((Def::Command(_), _)) => line.stop = Some(Stop::Command(lexer.quote())),
                Err(problem) => line.stop = Some(Stop::Problem(lexer.quote(), problem)),
            }
            if line.stop.is_some() {
                break;
            }
        }
    }
    line.words = lexer.words;
    line
}

type Found<'a> = Result<(Def, Value<'a>), Problem>;

struct Lexer<'a, I: Iterator<Item = &'a OsStr>> {
    dialect: Dialect,
    source: std::iter::Peekable<I>,
    /// The word under the knife.
    word: Option<Parser>,
    /// What messages quote.
    quote: Option<&'a OsStr>,
    /// After `--`.
    only_words: bool,
    words: Vec<&'a OsStr>,
}

impl<'a, I: Iterator<Item = &'a OsStr>> Lexer<'a, I> {
    /// The next option; what is not one is put aside.
    fn next(&mut self) -> Option<Found<'a>> {
        loop {
            if let Some(parser) = &mut self.word {
                match identify(parser, self.dialect) {
                    Some(Ok(def)) => return Some(self.argument(def).map(|value| (def, value))),
                    Some(Err(problem)) => return Some(Err(problem)),
                    None => {}
                }
            }
            let word = self.source.next()?;
            if self.only_words || !is_option(word) {
                self.words.push(word);
            } else if word == "--" {
                self.only_words = true;
            } else {
                self.quote = Some(word);
                if let Some(def) = alone(word, self.dialect) {
                    self.word = None;
                    return Some(self.argument(def).map(|value| (def, value)));
                }
                self.word = Some(Parser::from_args([word]));
            }
        }
    }

    fn argument(&mut self, def: Def) -> Result<Value<'a>, Problem> {
        if def.argument() == Argument::None {
            return Ok(None);
        }
        if let Some(value) = self.word.as_mut().and_then(Parser::optional_value) {
            return Ok(Some(value.into()));
        }
        let value = match def.argument() {
            Argument::Optional(_) => self.source.next_if(|word| !starts_with_dash(word)),
            _ => Some(self.source.next().ok_or(Problem::MissingArgument)?),
        };
        // it is now the word that was read last
        self.quote = value.or(self.quote);
        Ok(value.map(Cow::Borrowed))
    }

    fn quote(&self) -> String {
        let quote = self.quote.unwrap_or_default();
        quote.to_string_lossy().into_owned()
    }
}

/// The option that is all of a word, as nearly always.
fn alone(word: &OsStr, dialect: Dialect) -> Option<Def> {
    match word.as_encoded_bytes() {
        [b'-', b'-', ..] => Def::long(word.to_str()?.get(2..)?, dialect),
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

fn is_option(word: &OsStr) -> bool {
    starts_with_dash(word) && word.len() > 1
}

fn starts_with_dash(word: &OsStr) -> bool {
    word.as_encoded_bytes().first() == Some(&b'-')
}
