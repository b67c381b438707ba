//! The real program against the sandbox, over real sockets.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod scene;

mod api_client;
mod audit;
mod bad_answers;
mod bad_input;
mod bad_weather;
mod confirm;
mod doctor;
mod example;
mod expectations;
mod explain;
mod fix;
mod fleets;
mod help;
mod hostile;
mod init;
mod interrupt;
mod kill;
mod nights;
mod output;
mod pages;
mod profiles;
mod providers;
mod recover;
mod sandbox;
mod sandbox_http;
mod scenarios;
mod schema;
mod settings;
mod snapshots;
mod stream;
mod undo;
mod zones;
