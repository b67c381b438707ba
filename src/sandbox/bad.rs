//! Why a scenario cannot be used. Pure.

use super::zone_file;

/// Why a scenario cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadScenario {
    /// It is not the TOML we know.
    #[error("the scenario cannot be read")]
    Shape(#[from] Box<toml::de::Error>),
    /// There is no scenario of this name.
    #[error("there is no scenario `{0}`; there are: {1}")]
    Unknown(String, String),
    /// A zone file makes no sense.
    #[error(transparent)]
    ZoneFile(#[from] zone_file::BadZoneFile),
    /// A moment is no RFC 3339 timestamp.
    #[error("`{0}` is no moment such as 2026-11-20T09:30:00Z")]
    Moment(String),
}
