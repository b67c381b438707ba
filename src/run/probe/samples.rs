//! The shapes of a few answers, for a bug report: no value of them leaves this file. Effects: network, clock.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::io::cloudflare::client::Client;
use crate::model::failure::Failure;
use crate::model::redact;

/// What one request was answered with.
#[derive(Debug)]
pub struct Sample {
    /// The path, without anybody's identifiers.
    pub path: &'static str,
    pub took: Duration,
    /// The shape of the answer, or why there is none.
    pub shape: Result<Value, Failure>,
}

/// Looks at what verifies the token, at zones, and at records of the first zone.
pub async fn samples(client: &Client) -> Vec<Sample> {
    let (verify, _) = sample(client, ("user/tokens/verify", "user/tokens/verify")).await;
    let (zones, answer) = sample(client, ("zones", "zones")).await;
    let first = answer.pointer("/result/0/id").and_then(Value::as_str).map(str::to_owned);
    let mut all = vec![verify, zones];
    if let Some(id) = first {
        let path = format!("zones/{id}/dns_records");
        all.push(sample(client, ("zones/{zone}/dns_records", &path)).await.0);
    }
    all
}

async fn sample(client: &Client, (path, asked): (&'static str, &str)) -> (Sample, Value) {
    let began = Instant::now();
    let heard = client.raw(asked).await;
    let took = began.elapsed();
    let shape = heard.as_ref().map(redact::shape).map_err(|error| Failure::of(error));
    (Sample { path, took, shape }, heard.unwrap_or_default())
}
