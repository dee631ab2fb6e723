// SPDX-License-Identifier: GPL-2.0
//! `ipvsadm-rs metrics`: what there is to count, for Prometheus.

mod exposition;
mod families;
mod http;
mod snapshot;

use super::Tool;
use crate::client::transport::Netlink;
use crate::client::{module, Client};
use crate::error::Error;
use crate::execute::{Context, Sink};
use exposition::Format;
use snapshot::{Scope, Snapshot};

/// Show counters and states as metrics, once or to whoever asks over HTTP
///
/// The format is OpenMetrics, or the older text format of Prometheus where that is asked for.
/// Names are those of node_exporter's collector ipvs where it has the metric, which can be
/// switched off then (--no-collector.ipvs).
#[derive(clap::Parser, Debug)]
#[command(name = "metrics", after_help = EXAMPLE)]
pub struct Metrics {
    /// Answer requests at ADDRESS:PORT, [ADDRESS]:PORT or unix:PATH instead of printing once
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Each server of each service, too; without it servers are summed up by the kernel
    #[arg(long)]
    per_server: bool,
    /// Sums over all services by the address of servers, too
    #[arg(long)]
    per_address: bool,
    /// Print the older text format, which node_exporter's collector textfile reads
    #[arg(long, conflicts_with = "listen")]
    text: bool,
}

const EXAMPLE: &str = "\
Examples:
  ipvsadm-rs metrics
  ipvsadm-rs metrics --listen 127.0.0.1:9913 --per-server
  curl -s http://127.0.0.1:9913/metrics | grep ipvs_service_active_connections";

impl Tool for Metrics {
    fn run(self, context: Context<'_>, out: &mut Sink) -> Result<(), Error> {
        let scope = Scope {
            servers: self.per_server,
            addresses: self.per_address,
        };
        let mut source = Source {
            context,
            scope,
            client: None,
        };
        match &self.listen {
            Some(address) => {
                let missing = || {
                    Error::File(
                        "there is no IP Virtual Server in the kernel: load rust_ipvs, or ip_vs"
                            .into(),
                    )
                };
                let scrape = &mut |format| source.scrape(format)?.ok_or_else(missing);
                match http::serve(address, scrape)? {}
            }
            None => {
                let format = match self.text {
                    true => Format::Text,
                    false => Format::OpenMetrics,
                };
                let missing = || Error::Init(module::missing());
                let text = source.scrape(format)?.ok_or_else(missing)?;
                out.text.push_str(&text);
                Ok(())
            }
        }
    }
}

/// Where numbers come from.
struct Source<'a> {
    context: Context<'a>,
    scope: Scope,
    client: Option<Client<Netlink>>,
}

impl Source<'_> {
    /// All metrics as they are now; none if there is no IPVS.
    fn scrape(&mut self, format: Format) -> Result<Option<String>, Error> {
        let again = self.client.as_mut();
        let snapshot = match again.and_then(|client| Snapshot::take(client, self.scope).ok()) {
            Some(snapshot) => Some(snapshot),
            None => self.first()?,
        };
        let text = snapshot.map(|snapshot| exposition::encode(snapshot, format));
        text.transpose()
    }

    /// Looks IPVS up, whose module may have been loaded anew, with another number. It is not loaded
    /// because somebody wants to count: the kernel would do that if it were asked for the family.
    fn first(&mut self) -> Result<Option<Snapshot>, Error> {
        let transport = Netlink::open(self.context.words).map_err(Error::Init)?;
        let Some(mut client) = Client::find(transport)? else {
            return Ok(None);
        };
        let snapshot = Snapshot::take(&mut client, self.scope)?;
        self.client = Some(client);
        Ok(Some(snapshot))
    }
}
