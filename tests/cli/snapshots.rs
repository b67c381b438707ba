//! Whole outputs, held equal to the ones that were looked at and kept: `INSTA_UPDATE=always cargo test --test cli`
//! keeps new ones.

/// What differs from run to run is taken out.
pub(crate) fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_snapshot_path("snapshots");
    settings.add_filter(r"127\.0\.0\.1:\d+", "ADDRESS");
    settings.add_filter(r"\d{8}T\d{6}Z-[0-9a-f]{4}", "RUN");
    settings.add_filter(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME");
    settings.add_filter(r"\d{4}-\d\d-\d\d( \d\d:\d\d UTC)?", "DATE");
    settings.add_filter(r"\d{1,2} \w+ \d{4}, \d\d:\d\d UTC", "MOMENT");
    settings
        .add_filter(concat!("\"version\": \"", env!("CARGO_PKG_VERSION"), "\""), "\"version\": \"VERSION\"");
    settings.add_filter(concat!("cf-domauth ", env!("CARGO_PKG_VERSION")), "cf-domauth VERSION");
    settings.add_filter(r"\d+ days ago", "SOME days ago");
    settings.add_filter(r#""expires_in_s": \d+"#, r#""expires_in_s": 0"#);
    // Deletions of a few seconds are told apart by their minute only, so they are one or two.
    settings.add_filter(r"(?:(  proposed by [^\n]+\n(?:    [^\n]+\n)?))+", "$1");
    settings
}
