//! What the help of each command says besides its options, and which options it shows. Pure.

use clap::{Arg, CommandFactory as _};

use super::Cli;

/// The help of one command.
struct Page {
    command: &'static str,
    examples: &'static str,
    exits: &'static str,
}

/// Everything about connections.
const ALL: &[&str] = &[
    "resolver",
    "authoritative",
    "api_url",
    "ca_file",
    "token_file",
    "catalog",
    "settings",
    "profile",
    "state_dir",
];

/// The options of the connection that matter to a command.
fn connections(command: &str) -> &'static [&'static str] {
    match command {
        "confirm" => &["resolver", "authoritative", "ca_file", "catalog", "settings", "profile"],
        "expect" | "providers" => &["catalog", "settings", "profile"],
        "explain" | "completions" | "man" | "sandbox" => &[],
        _ => ALL,
    }
}

/// Commands whose answer has a form of its own.
const UNFORMATTED: &[&str] = &["completions", "expect", "man", "sandbox"];

const PAGES: &[Page] = &[
    Page {
        command: "audit",
        examples: "cf-domauth audit example.com\n  cf-domauth audit --all-zones --format json",
        exits: "0 nothing is wrong, 1 findings, 2 usage, 3 refused by Cloudflare,\n  4 unreachable, 6 some zones not read",
    },
    Page {
        command: "fix",
        examples: "cf-domauth fix example.com --dry-run\n  cf-domauth fix example.com --expect-file page.txt --yes",
        exits: "0 repaired and confirmed, 1 something is left, 2 usage, 3 refused,\n  4 unreachable, 5 changed, public DNS still waiting, 6 changed in part",
    },
    Page {
        command: "confirm",
        examples: "cf-domauth confirm s1._domainkey.example.com\n  cf-domauth confirm example.com --wait 30m",
        exits: "0 seen everywhere, 1 something is wrong, 2 usage, 4 unreachable,\n  5 old answers are still cached",
    },
    Page {
        command: "undo",
        examples: "cf-domauth undo --dry-run\n  cf-domauth undo --list",
        exits: "0 put back and confirmed, 1 something is left, 2 usage, 3 refused,\n  4 unreachable, 5 put back, public DNS still waiting, 6 put back in part",
    },
    Page {
        command: "snapshot",
        examples: "cf-domauth snapshot example.com\n  cf-domauth snapshot example.com --forget em1.example.com",
        exits: "0 saved, 1 saved and something is wrong, 2 usage, 3 refused,\n  4 unreachable, 6 some zones not read",
    },
    Page {
        command: "expect",
        examples: "cf-domauth expect --from page.txt --zone example.com > records.toml\n  cf-domauth expect --from records.csv --to json",
        exits: "0 all was understood, 1 something was not, 2 usage",
    },
    Page {
        command: "explain",
        examples: "cf-domauth explain\n  cf-domauth explain proxied",
        exits: "0 done, 2 there is no such finding",
    },
    Page {
        command: "providers",
        examples: "cf-domauth providers show sendgrid\n  cf-domauth providers match s1._domainkey.example.com s1.domainkey.u1.wl1.sendgrid.net",
        exits: "0 done, 1 the record is not known as one for mail, 2 usage",
    },
    Page {
        command: "doctor",
        examples: "cf-domauth doctor --zone example.com\n  cf-domauth doctor --report bundle.txt",
        exits: "0 all is there, 1 something is missing, 2 usage, 3 refused,\n  4 unreachable",
    },
    Page {
        command: "init",
        examples: "cf-domauth init example.com --store file\n  cf-domauth init --for look --store none < token.txt",
        exits: "that of the first audit; 2 usage, 3 the token was refused, 4 unreachable:\n  then nothing was kept",
    },
    Page {
        command: "settings",
        examples: "cf-domauth settings\n  cf-domauth settings show --profile work",
        exits: "0 done, 2 the settings make no sense",
    },
    Page {
        command: "completions",
        examples: "cf-domauth completions bash > ~/.local/share/bash-completion/completions/cf-domauth\n  \
                   cf-domauth completions fish > ~/.config/fish/completions/cf-domauth.fish",
        exits: "0 done, 2 usage",
    },
    Page {
        command: "man",
        examples: "cf-domauth man > cf-domauth.1\n  cf-domauth man --dir ~/.local/share/man/man1",
        exits: "0 done, 2 the pages cannot be written",
    },
    #[cfg(feature = "sandbox")]
    Page {
        command: "sandbox",
        examples: "cf-domauth sandbox --env-file sandbox.env\n  cf-domauth sandbox --zone-file export.txt --listen 127.0.0.1:8080",
        exits: "0 ended by Ctrl-C, 2 usage",
    },
];

const EXAMPLES: &str = if cfg!(feature = "sandbox") {
    "cf-domauth audit example.com\n  cf-domauth fix example.com --sandbox"
} else {
    "cf-domauth audit example.com\n  cf-domauth fix example.com"
};
const ENDS: &str = "0 done, 1 findings, 2 usage, 3 refused, 4 unreachable, 5 unconfirmed,\n  \
    6 partial, 70 bug, 129 hung up, 130 interrupted, 143 terminated";

const TOKEN: &str = "The token is read from CLOUDFLARE_API_TOKEN, CF_API_TOKEN or --token-file; no option takes\n\
    it, because options show in process lists.";

/// The command line with all its help.
pub fn command() -> clap::Command {
    let mut command = Cli::command();
    let globals: Vec<Arg> = command.get_arguments().filter(|arg| arg.is_global_set()).cloned().collect();
    for global in &globals {
        // A first screen that lists the commands has no room for them.
        command = command.mut_arg(global.get_id().as_str(), |arg| arg.hide_short_help(true));
    }
    let first = format!("Examples:\n  {EXAMPLES}\n\nExit status:\n  {ENDS}");
    command = command.after_long_help(format!("{first}\n\n{TOKEN}")).after_help(first);
    PAGES.iter().fold(command, |command, page| {
        command.mut_subcommand(page.command, |subcommand| page.put_into(subcommand, &globals))
    })
}

/// The examples of a command, and its exit statuses; those of the program for another word.
pub fn page(command: &str) -> (&'static str, &'static str) {
    let page = PAGES.iter().find(|page| page.command == command);
    page.map_or((EXAMPLES, ENDS), |page| (page.examples, page.exits))
}

impl Page {
    fn put_into(&self, command: clap::Command, globals: &[Arg]) -> clap::Command {
        let is_shown = |arg: &Arg| {
            let id = arg.get_id().as_str();
            let is_moot = id == "format" && UNFORMATTED.contains(&self.command);
            !is_moot && (!ALL.contains(&id) || connections(self.command).contains(&id))
        };
        // Behind the command's own.
        let behind = |place: usize| 900 + place;
        let globals = globals.iter().enumerate();
        let globals =
            globals.map(|(place, arg)| arg.clone().hide(!is_shown(arg)).display_order(behind(place)));
        let text = format!("Examples:\n  {}\n\nExit status:\n  {}", self.examples, self.exits);
        command.args(globals).after_help(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::failure::Advice as _;

    /// Rows and columns of a terminal that everybody has.
    const SCREEN: (usize, usize) = (32, 80);

    fn short(command: &clap::Command) -> String {
        command.clone().term_width(SCREEN.1).render_help().to_string()
    }

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn the_simulator_is_named_only_where_it_is_built_in() {
        let page = command().render_help().to_string();
        assert_eq!(page.contains("--sandbox"), cfg!(feature = "sandbox"), "{page}");
        let hints = crate::cli::settings::SettingsError::NoToken.hints().concat();
        assert_eq!(hints.contains("--sandbox"), cfg!(feature = "sandbox"), "{hints}");
    }

    #[test]
    fn the_short_help_of_each_command_fits_a_screen() {
        let mut all = command();
        all.build();
        let pages = all.get_subcommands().filter(|one| one.get_name() != "help").chain([&all]);
        let rows = |page: &clap::Command| (page.get_name().to_owned(), short(page).lines().count());
        let long: Vec<_> = pages.map(rows).filter(|(_, rows)| *rows > SCREEN.0).collect();
        assert_eq!(long, []);
    }

    #[test]
    fn each_command_has_two_examples_and_its_exit_statuses() {
        for command in command().get_subcommands() {
            let page = short(command);
            assert!(page.matches("\n  cf-domauth ").count() >= 2, "{page}");
            assert!(page.contains("\nExit status:\n"), "{page}");
        }
    }

    #[test]
    fn options_of_a_connection_stand_where_they_matter() {
        let mut all = command();
        all.build();
        let long = |name: &str| all.find_subcommand(name).unwrap().clone().render_long_help().to_string();
        assert!(long("fix").contains("--resolver") && long("confirm").contains("--resolver"));
        for name in ["explain", "providers", "expect"] {
            assert!(!long(name).contains("--resolver"), "{name}");
        }
        assert!(long("providers").contains("--catalog"));
    }
}
