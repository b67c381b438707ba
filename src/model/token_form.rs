//! The form in Cloudflare's dashboard that makes a token, opened with the permissions filled in. Pure.
//!
//! Source: developers.cloudflare.com/fundamentals/api/how-to/account-owned-token-template, and links of others that
//! work so. Checked 2026-11-25.

const FORM: &str = "https://dash.cloudflare.com/profile/api-tokens";

crate::model::words::words! {
    /// What a token is to be good for.
    #[derive(clap::ValueEnum)]
    pub enum Purpose {
        /// To report what is broken.
        Look = "look",
        /// To repair it as well.
        Repair = "repair",
        /// To learn from the audit log what was deleted, too.
        Log = "log",
    }
}

impl Purpose {
    /// The permissions: key and type as the form has them, and as the dashboard names them.
    fn needs(self) -> &'static [(&'static str, &'static str, &'static str)] {
        const ALL: [(&str, &str, &str); 3] = [
            ("zone", "read", "Zone > Zone > Read"),
            ("dns", "edit", "Zone > DNS > Edit"),
            ("account_settings", "read", "Account > Account Settings > Read"),
        ];
        match self {
            Self::Look => &[ALL[0], ("dns", "read", "Zone > DNS > Read")],
            Self::Repair => ALL.split_at(2).0,
            Self::Log => &ALL,
        }
    }

    /// The permissions, as the dashboard names them.
    pub fn permissions(self) -> Vec<&'static str> {
        self.needs().iter().map(|(_, _, name)| *name).collect()
    }

    /// Whether it takes the permission to change records.
    pub fn changes(self) -> bool {
        self != Self::Look
    }

    /// The link that opens the form with the permissions filled in.
    pub fn link(self) -> String {
        let key = |(key, kind, _): &(_, _, _)| format!(r#"{{"key":"{key}","type":"{kind}"}}"#);
        let keys: Vec<String> = self.needs().iter().map(key).collect();
        let keys = format!("[{}]", keys.join(","));
        let query = [
            ("permissionGroupKeys", keys.as_str()),
            ("accountId", "*"),
            ("zoneId", "all"),
            ("name", "cf-domauth"),
        ];
        reqwest::Url::parse_with_params(FORM, query).map_or_else(|_| FORM.to_owned(), String::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_holds_the_permissions_that_the_purpose_needs() {
        let link = Purpose::Look.link();
        let keys = "%5B%7B%22key%22%3A%22zone%22%2C%22type%22%3A%22read%22%7D%2C%7B%22key%22%3A%22dns%22%2C%22type%22%3A%22read%22%7D%5D";
        assert_eq!(
            link,
            format!(
                "https://dash.cloudflare.com/profile/api-tokens?permissionGroupKeys={keys}&accountId=*&zoneId=all&name=cf-domauth"
            )
        );
        assert!(
            Purpose::Repair.link().contains("edit") && !Purpose::Repair.link().contains("account_settings")
        );
        assert!(Purpose::Log.link().contains("account_settings"));
        assert_eq!(Purpose::Log.permissions().len(), Purpose::Log.link().matches("key%22").count());
    }
}
