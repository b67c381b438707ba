//! A local Cloudflare simulator and its name servers, on loopback. Effects: network, clock.
//!
//! It is for a newcomer without a token, for the tests, and for rehearsing on a copy of a real zone.
//! It is a witness, not an accomplice: it shares no code with the client and follows what is known of
//! the real thing, also where that is inconvenient.

mod api;
mod audit;
mod auth;
mod bad;
mod draw;
mod fault;
mod name_server;
mod network;
mod past;
mod scenario;
mod serve;
mod state;
mod transfer;
mod vendor;
mod wire;
mod world;
mod zone_file;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use bad::BadScenario;
pub use fault::{BadFault, Fault, duration};
pub use scenario::fleet::{Breakage, Fleet, fleet, many};
pub use scenario::{SCENARIOS, from_zone_file, named};
pub use world::World;
pub use zone_file::BadZoneFile;

use api::{POSTMARK_TOKEN, SENDGRID_KEY, SENDGRID_MAIL_KEY};
use name_server::{Face, Part};
use network::Resolver;
use state::{Inner, State, timestamp};
use world::answer::{Rcode, View};
use world::history::{Call, Hand};

/// Public resolvers in the sandbox.
const RESOLVERS: usize = 4;
/// The person in the dashboard whose hand changes things behind the back of a test.
const COLLEAGUE: &str = "colleague@example.com";
/// Longest lifetime of an answer in seconds unless real lifetimes are wanted: a demonstration is quick.
const SHORT_TTL: u32 = 3;
/// How long the sandbox's own resolvers remember then; DNS has whole seconds only.
const SHORT_MEMORY: Duration = Duration::from_millis(250);

/// Makes a world from a scenario's text, as it is now.
///
/// # Errors
///
/// [`BadScenario`] with the line.
pub fn read(text: &str) -> Result<World, BadScenario> {
    scenario::read(text, jiff::Timestamp::now())
}

/// How the sandbox is to be.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the API listens; loopback only.
    pub listen: SocketAddr,
    /// Injected faults.
    pub faults: Vec<Fault>,
    /// How long every request takes.
    pub latency: Duration,
    /// How much longer at most; drawn for each request.
    pub jitter: Duration,
    /// Requests that somebody else makes with the same credential, and in what time; all count to the limit.
    pub shared_user: Option<(u32, Duration)>,
    /// So many requests in so long a time.
    pub rate_limit: Option<(u32, Duration)>,
    /// Answers live as long as in the real world.
    pub real_ttl: bool,
    /// Decides everything that looks random.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            faults: Vec::new(),
            latency: Duration::ZERO,
            jitter: Duration::ZERO,
            shared_user: None,
            rate_limit: None,
            real_ttl: false,
            seed: 1,
        }
    }
}

/// A running sandbox. It stops when this value is dropped.
pub struct Sandbox {
    state: Arc<State>,
    api: SocketAddr,
    authority: SocketAddr,
    resolvers: Vec<SocketAddr>,
    serving: JoinHandle<()>,
    name_servers: Vec<hickory_server::Server<Face>>,
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox")
            .field("api", &self.api)
            .field("name_servers", &self.name_servers.len())
            .finish_non_exhaustive()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.serving.abort();
        self.state.release();
    }
}

impl Sandbox {
    /// Starts the API and the name servers; all of them accept connections when this returns.
    ///
    /// # Errors
    ///
    /// Whatever binding a socket returns; [`io::ErrorKind::PermissionDenied`] when asked to listen
    /// anywhere but on loopback.
    pub async fn start(mut world: World, options: Options) -> io::Result<Self> {
        if !options.listen.ip().is_loopback() {
            let why = format!("the sandbox listens on loopback only, not on {}", options.listen.ip());
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
        }
        world.longest_ttl = (!options.real_ttl).then_some(SHORT_TTL);
        let resolvers = vec![Resolver::new((!options.real_ttl).then_some(SHORT_MEMORY)); RESOLVERS];
        let state = Arc::new(State::new(world, resolvers, options.faults, options.seed));
        if let Some((quota, window)) = options.rate_limit {
            state.limit(quota, window, options.shared_user);
        }
        let listener = TcpListener::bind(options.listen).await?;
        let api = listener.local_addr()?;
        let (server, authority) = name_server::open(Arc::clone(&state), Part::Authority).await?;
        let mut name_servers = vec![server];
        let mut resolvers = Vec::new();
        for place in 0..RESOLVERS {
            let (server, address) = name_server::open(Arc::clone(&state), Part::Resolver(place)).await?;
            name_servers.push(server);
            resolvers.push(address);
        }
        let router = api::router(Arc::clone(&state));
        let latency = (options.latency, options.jitter);
        let serving = tokio::spawn(serve::serve(listener, router, Arc::clone(&state), latency));
        Ok(Self { state, api, authority, resolvers, serving, name_servers })
    }

    /// Where its API is.
    pub fn api_url(&self) -> String {
        format!("http://{}/client/v4", self.api)
    }

    /// Its public resolvers.
    pub fn resolvers(&self) -> &[SocketAddr] {
        &self.resolvers
    }

    /// The name server of its zones.
    pub fn authority(&self) -> SocketAddr {
        self.authority
    }

    /// The variables that point a program at this sandbox: name, value.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let list: Vec<String> = self.resolvers.iter().map(ToString::to_string).collect();
        vec![
            ("CLOUDFLARE_BASE_URL", self.api_url()),
            ("CLOUDFLARE_API_TOKEN", self.token("full")),
            ("CF_DOMAUTH_AUTHORITATIVE", self.authority.to_string()),
            ("CF_DOMAUTH_RESOLVERS", list.join(",")),
            ("SENDGRID_API_KEY", SENDGRID_KEY.to_owned()),
            ("SENDGRID_BASE_URL", format!("http://{}", self.api)),
            ("POSTMARK_ACCOUNT_TOKEN", POSTMARK_TOKEN.to_owned()),
            ("POSTMARK_BASE_URL", format!("http://{}", self.api)),
        ]
    }

    /// The secret of one of the tokens: `full`, `read-only`, `no-zone-list`, `no-account`, or
    /// `sendgrid-mail`, SendGrid's key that may only send mail; empty for any other.
    pub fn token(&self, which: &str) -> String {
        if which == "sendgrid-mail" {
            return SENDGRID_MAIL_KEY.to_owned();
        }
        self.state.with(|inner| {
            let mut tokens = inner.world.tokens.iter();
            let found = tokens.find(|token| token.email.is_none() && token.name == which);
            found.map(|token| token.secret.clone()).unwrap_or_default()
        })
    }

    /// Whether a zone from a file is rehearsed, and nothing is known of what stands behind `target`.
    pub fn cannot_know(&self, target: &str) -> bool {
        self.state.with(|inner| {
            let world = &inner.world;
            !world.vendors.is_empty() && world.answer(View::Public, target, "TXT").rcode == Rcode::Refused
        })
    }

    /// Every request so far: method, path with query, body.
    pub fn calls(&self) -> Vec<(String, String, String)> {
        self.state.with(|inner| inner.calls.clone())
    }

    /// The records at a name, as the API would send them now: one JSON text each.
    pub fn records_at(&self, name: &str) -> Vec<String> {
        self.state.with(|inner| {
            inner.world.zones.iter().flat_map(|zone| zone.records.at(name)).map(wire::text).collect()
        })
    }

    /// All records of a zone, as the API would send them now: one JSON text each, by name, type and content.
    /// Empty if there is no such zone.
    pub fn zone_snapshot(&self, zone_name: &str) -> Vec<String> {
        self.state.with(|inner| {
            let zone = inner.world.zones.iter().find(|zone| zone.name == zone_name);
            let mut records: Vec<_> = zone.into_iter().flat_map(|zone| zone.records.iter()).collect();
            records.sort_by(|a, b| (&a.name, &a.kind, &a.content).cmp(&(&b.name, &b.kind, &b.content)));
            records.into_iter().map(wire::text).collect()
        })
    }

    /// Changes a record in the dashboard: `body` is that of a PATCH. Returns whether there is such a record
    /// and the change was accepted.
    pub fn edit(&self, name: &str, body: &str) -> bool {
        let Ok(change) = serde_json::from_str(body) else { return false };
        self.state.with(|inner| {
            let now = timestamp();
            let Some((zone, record)) = places(inner, name).pop() else { return false };
            let Ok(changed) = inner.world.patch(&zone, &record, &change, &now) else { return false };
            let call = Call::on_records("PATCH", &zone, &format!("/{record}"), body, wire::one(&changed));
            by_hand(inner, &now, &zone, call);
            true
        })
    }

    /// Creates a DNS-only alias in the dashboard, in the first zone, at a name that nobody has asked for.
    /// Returns whether it was accepted.
    pub fn publish(&self, name: &str, target: &str) -> bool {
        let request = serde_json::json!({"name": name, "type": "CNAME", "content": target});
        let Ok(body) = serde_json::from_value(request.clone()) else { return false };
        self.state.with(|inner| {
            let now = timestamp();
            let zone = inner.world.zones.first().map(|zone| zone.id.clone()).unwrap_or_default();
            let Ok(created) = inner.world.create(&zone, &body, &now) else { return false };
            let call = Call::on_records("POST", &zone, "", &request.to_string(), wire::one(&created));
            by_hand(inner, &now, &zone, call);
            true
        })
    }

    /// Deletes all records at a name in the dashboard, one after the other. Returns whether there were any.
    pub fn delete(&self, name: &str) -> bool {
        self.state.with(|inner| {
            let now = timestamp();
            let places = places(inner, name);
            for (zone, record) in &places {
                inner.world.delete(zone, record).ok();
                let response = wire::one(serde_json::json!({"id": record}));
                let call = Call::on_records("DELETE", zone, &format!("/{record}"), "", response);
                by_hand(inner, &now, zone, call);
            }
            !places.is_empty()
        })
    }

    /// Whether a request is being held at this moment.
    pub fn is_holding(&self) -> bool {
        self.state.with(|inner| inner.held > 0)
    }

    /// Drops the faults that hold requests; what is held ends without a reply.
    pub fn release(&self) {
        self.state.release();
    }

    /// Injects one more fault.
    pub fn plan(&self, fault: Fault) {
        self.state.with(|inner| inner.faults.push(fault));
    }

    /// Drops all faults and what is left of them; what is held ends without a reply.
    pub fn heal(&self) {
        self.state.release();
        self.state.with(Inner::heal);
    }

    /// The identifiers of the zones, by name.
    pub fn zone_ids(&self) -> Vec<(String, String)> {
        self.state
            .with(|inner| inner.world.zones.iter().map(|zone| (zone.name.clone(), zone.id.clone())).collect())
    }
}

/// The records at a name: handles of their zone and their own.
fn places(inner: &Inner, name: &str) -> Vec<(String, String)> {
    let zones = inner.world.zones.iter();
    zones.flat_map(|zone| zone.records.at(name).map(|record| (zone.id.clone(), record.id.clone()))).collect()
}

fn by_hand(inner: &mut Inner, now: &str, zone: &str, call: Call) {
    inner.world.enter(now.parse().unwrap_or_default(), zone, Hand::person(COLLEAGUE), call);
}
