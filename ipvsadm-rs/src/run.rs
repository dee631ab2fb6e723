// SPDX-License-Identifier: GPL-2.0
//! One call of the program.

use crate::client::transport::{Netlink, Transport};
use crate::client::{module, Client};
use crate::command::Command;
use crate::error::Error;
use crate::model::ServiceKey;
use crate::options::{help, lex};
use crate::output::{self, connections, order, Style};
use crate::resolve::{Names, System};
use std::ffi::OsString;
use std::io::{IsTerminal, Write};

/// Carries out a line, beginning with the name of the program, and returns the exit status.
pub fn run(mut line: impl Iterator<Item = OsString>) -> u8 {
    let program = line
        .next()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let terminal = std::io::stderr().is_terminal();
    let mut out = String::new();
    let result = attempt(&program, line, terminal, &mut out);
    // stock does not look whether its output arrives
    let _ = std::io::stdout().write_all(out.as_bytes());
    match result {
        Ok(()) => 0,
        Err(error) => {
            eprint!("{error}");
            if let Some(detail) = error.detail().filter(|_| terminal) {
                eprintln!("{detail}");
            }
            error.exit_code()
        }
    }
}

fn attempt(
    program: &str,
    words: impl Iterator<Item = OsString>,
    terminal: bool,
    out: &mut String,
) -> Result<(), Error> {
    let names = System::default();
    let mut words = words.peekable();
    let command = match words.peek() {
        None => Ok(Command::List(None, Style::default())),
        Some(_) => Command::new(program, lex(words), &names),
    };
    let transport = Netlink::open(terminal).map_err(Error::Init)?;
    let mut client = Client::new(transport, module::load)?;
    match command {
        Ok(command) => execute(&command, program, &mut client, &names, out),
        Err(error) => {
            // without IPVS stock does not get as far as reading the line
            client.info()?;
            Err(error)
        }
    }
}

/// Carries out a command and appends what is to be shown.
pub fn execute<T: Transport>(
    command: &Command,
    program: &str,
    client: &mut Client<T>,
    names: &dyn Names,
    out: &mut String,
) -> Result<(), Error> {
    match command {
        Command::Help | Command::Version | Command::ListConnections(_) => {
            client.info()?;
            show(command, program, names, out)
        }
        Command::AddService(service) => client.add_service(service),
        Command::EditService(service) => client.edit_service(service),
        Command::DeleteService(key) => client.delete_service(key),
        Command::Flush => client.flush(),
        Command::AddServer(key, server) => client.add_server(key, server),
        Command::EditServer(key, server) => client.edit_server(key, server),
        Command::DeleteServer(key, server) => client.delete_server(key, server),
        Command::Zero(key) => client.zero(key.as_ref()),
        Command::SetTimeouts(timeouts) => client.set_timeouts(timeouts),
        Command::List(None, style) => list_all(client, *style, names, out),
        Command::List(Some(key), style) => list_one(client, key, *style, names, out),
        Command::ListTimeouts => {
            output::timeouts(out, &client.timeouts()?);
            Ok(())
        }
    }
}

/// Commands that the kernel's tables have no part in.
fn show(
    command: &Command,
    program: &str,
    names: &dyn Names,
    out: &mut String,
) -> Result<(), Error> {
    match command {
        Command::Help => out.push_str(&help::help(program)),
        Command::ListConnections(style) => {
            let text = std::fs::read(connections::FILE).map_err(|_| {
                Error::File(format!("cannot open file {}", connections::FILE).into())
            })?;
            connections::table(out, &String::from_utf8_lossy(&text), *style, names);
        }
        _ => out.push_str(help::VERSION),
    }
    Ok(())
}

fn list_all<T: Transport>(
    client: &mut Client<T>,
    style: Style,
    names: &dyn Names,
    out: &mut String,
) -> Result<(), Error> {
    output::banner(out, client.info()?);
    let mut services = client.services()?;
    if style.sorted {
        order::sort_services(&mut services);
    }
    output::title(out, style.view);
    for entry in &services {
        list_entry(client, entry, style, names, out)?;
    }
    Ok(())
}

fn list_one<T: Transport>(
    client: &mut Client<T>,
    key: &ServiceKey,
    style: Style,
    names: &dyn Names,
    out: &mut String,
) -> Result<(), Error> {
    let entry = client.service(key)?;
    output::title(out, style.view);
    list_entry(client, &entry, style, names, out)
}

fn list_entry<T: Transport>(
    client: &mut Client<T>,
    entry: &crate::model::ServiceEntry,
    style: Style,
    names: &dyn Names,
    out: &mut String,
) -> Result<(), Error> {
    let mut servers = client.servers(&entry.service.key)?;
    if style.sorted {
        order::sort_servers(&mut servers);
    }
    output::service(out, style, names, entry, &servers);
    Ok(())
}
