// SPDX-License-Identifier: GPL-2.0
//! `weight`: sets the weight of a server if it is what the caller believes it to be.

use super::apply::{connect, generation, refused, stale};
use super::target::{endpoint, Json, ServiceArgs, SERVER};
use super::Tool;
use crate::client::message::{encode, Batch};
use crate::error::Error;
use crate::execute::{Context, Sink};
use crate::model::ServiceKey;
use crate::table::{self, Place};
use ipvs_core::uapi::cmd::Command;

/// Show or set the weight of a server, and nothing else of it
#[derive(clap::Parser, Debug)]
#[command(
    name = "weight",
    after_help = "Examples:\n  ipvsadm-rs weight -t 192.0.2.1:80 -r 10.0.0.1:80 -w 5 --expect 1\n\n\
                  Without -w the weight is shown, and the generation of the table. With --expect \
                  or\n--generation the weight is set only if nobody else has changed it."
)]
pub struct Weight {
    #[command(flatten)]
    service: ServiceArgs,
    #[arg(short = 'r', long, value_name = "ADDRESS[:PORT]", help = SERVER)]
    real_server: String,
    /// Its new weight
    #[arg(short = 'w', long, value_name = "WEIGHT",
          value_parser = clap::value_parser!(i32).range(0..))]
    weight: Option<i32>,
    /// Only if it has this weight
    #[arg(long, value_name = "WEIGHT", requires = "weight",
          value_parser = clap::value_parser!(u32).range(..=0x7fff_ffff))]
    expect: Option<u32>,
    /// Only if the table is still of this generation
    #[arg(long, value_name = "NUMBER", requires = "weight")]
    generation: Option<u32>,
    #[command(flatten)]
    json: Json,
}

impl Weight {
    /// Tells the weight and the generation of the table.
    fn tell(&self, weight: i32, generation: u32, out: &mut Sink) {
        let text = match self.json.json {
            true => serde_json::json!({ "version": 1, "weight": weight, "generation": generation })
                .to_string(),
            false => format!("weight {weight} generation {generation}"),
        };
        out.text.push_str(&text);
        out.text.push('\n');
    }
}

impl Tool for Weight {
    fn run(self, context: Context<'_>, out: &mut Sink) -> Result<(), Error> {
        let key = self.service.key(context.names)?;
        let protocol = self.service.protocol();
        let (addr, port) = endpoint(&self.real_server, protocol, context.names)?;
        let of_service = match key {
            ServiceKey::Address { port, .. } => port,
            ServiceKey::Mark { .. } => 0,
        };
        let server = (addr, port.unwrap_or(of_service));
        let mut client = connect()?;
        let now = generation(&mut client)?;
        let Some(weight) = self.weight else {
            let table = table::of_kernel(&mut client)?;
            let entry = table.get(&Place::of(&key));
            let found = entry.and_then(|entry| entry.servers.get(&server));
            let Some(found) = found else {
                let server = table::endpoint(server.0, server.1);
                let service = table::name(&key);
                return Err(Error::refused(format!("{service} has no server {server}")));
            };
            self.tell(found.weight, now, out);
            return Ok(());
        };
        let mut batch = Batch::default();
        batch.push(Command::SetDest, |body| {
            encode::put_weight(body, &key, server, weight, self.expect);
        });
        match client.apply(&batch, self.generation) {
            Ok(now) => {
                out.has_done("the weight has been set");
                if self.json.json {
                    self.tell(weight, now, out);
                }
                Ok(())
            }
            Err(failure) => match self.generation {
                Some(generation)
                    if failure.errno == libc::ESTALE
                        && !failure
                            .detail
                            .as_deref()
                            .unwrap_or("")
                            .starts_with("change") =>
                {
                    Err(stale(generation))
                }
                _ => Err(refused(&failure, &[])),
            },
        }
    }
}
