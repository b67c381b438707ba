//! The edge to the person: arguments, settings, the terminal, and one file a command.

pub mod arguments;
pub mod command;
pub mod settings;
pub mod ui;
