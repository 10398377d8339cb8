//! Requests of AWS Transfer Family to a function that is its identity provider.
//!
//! Source: [Using AWS Lambda to integrate your identity provider](https://docs.aws.amazon.com/transfer/latest/userguide/custom-lambda-idp.html).

use crate::{Int, Str, value::Value};

event! {
    /// A request to recognize a user.
    ///
    /// ```
    /// use lambda_events::transfer::{TransferLogin, TransferResponse};
    ///
    /// let json = r#"{"username":"ada","password":"secret","protocol":"SFTP","serverId":"s-0123456789abcdef0",
    ///     "sourceIp":"203.0.113.9"}"#;
    /// let login: TransferLogin<'_> = serde_json::from_str(json)?;
    /// assert_eq!((&*login.username, login.has_password()), ("ada", true));
    /// // An empty object turns the user away.
    /// assert_eq!(serde_json::to_string(&TransferResponse::default())?, "{}");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct TransferLogin<'a> {
        /// The name of the user.
        username: Str<'a> = "username", required;
        /// The password; empty or not there if the user comes with a key.
        password: Option<Str<'a>> = "password";
        /// The protocol.
        protocol: Option<Protocol<'a>> = "protocol";
        /// The id of the server.
        server_id: Option<Str<'a>> = "serverId";
        /// The address of the client.
        source_ip: Option<Str<'a>> = "sourceIp";
    }

    /// Who the user is and what they may see. An empty one turns the user away.
    ///
    /// ```
    /// use lambda_events::transfer::{HomeDirectoryEntry, TransferResponse};
    ///
    /// let mut response = TransferResponse {
    ///     role: Some("arn:aws:iam::123456789012:role/transfer".into()),
    ///     ..TransferResponse::default()
    /// };
    /// response.set_directories(vec![HomeDirectoryEntry {
    ///     entry: "/".into(),
    ///     target: "/example-bucket/ada".into(),
    ///     ..HomeDirectoryEntry::default()
    /// }]);
    /// assert_eq!(
    ///     response.home_directory_details.as_deref(),
    ///     Some(r#"[{"Entry":"/","Target":"/example-bucket/ada"}]"#),
    /// );
    /// ```
    pub struct TransferResponse<'a> {
        /// The ARN of the role with which the user's files are reached; without it nobody gets in.
        role: Option<Str<'a>> = "Role";
        /// The user of the file system, for Amazon EFS.
        posix_profile: Option<PosixProfile<'a>> = "PosixProfile";
        /// The public keys of the user, if they come without a password.
        public_keys: Vec<Str<'a>> = "PublicKeys";
        /// A policy that narrows the role, as text of JSON.
        policy: Option<Str<'a>> = "Policy";
        /// Whether the user sees paths as they are.
        home_directory_type: Option<HomeDirectoryType<'a>> = "HomeDirectoryType";
        /// What the user sees, as text of JSON; [`set_directories`](Self::set_directories) writes it.
        home_directory_details: Option<Str<'a>> = "HomeDirectoryDetails";
        /// Where the user begins.
        home_directory: Option<Str<'a>> = "HomeDirectory";
    }

    /// A user of a file system.
    pub struct PosixProfile<'a> {
        /// The user's number.
        uid: Option<Int> = "Uid";
        /// The number of the user's group.
        gid: Option<Int> = "Gid";
        /// The numbers of the user's other groups.
        secondary_gids: Vec<Int> = "SecondaryGids";
    }

    /// A path that the user sees, and what it stands for.
    pub struct HomeDirectoryEntry<'a> {
        /// The path that the user sees.
        entry: Str<'a> = "Entry", required;
        /// The bucket and key, or the file system and path, for which it stands.
        target: Str<'a> = "Target", required;
        /// Whether it is a file or a directory.
        r#type: Option<EntryType<'a>> = "Type";
    }
}

open_enum! {
    /// A protocol.
    pub enum Protocol<'a> {
        /// SFTP.
        Sftp = "SFTP",
        /// FTPS.
        Ftps = "FTPS",
        /// FTP.
        Ftp = "FTP",
    }

    /// Whether a user sees paths as they are.
    pub enum HomeDirectoryType<'a> {
        /// They do.
        Path = "PATH",
        /// They see the paths of the details.
        Logical = "LOGICAL",
    }

    /// Whether an entry stands for a file or a directory.
    pub enum EntryType<'a> {
        /// A file.
        File = "FILE",
        /// A directory.
        Directory = "DIRECTORY",
    }
}

impl TransferLogin<'_> {
    /// Whether the user comes with a password, and not with a key.
    pub fn has_password(&self) -> bool {
        self.password.as_deref().is_some_and(|password| !password.is_empty())
    }
}

impl<'a> TransferResponse<'a> {
    /// Sets what the user sees.
    pub fn set_directories(&mut self, entries: Vec<HomeDirectoryEntry<'a>>) {
        self.home_directory_type = Some(HomeDirectoryType::Logical);
        self.home_directory_details = Some(entries.into_json().to_string().into());
    }

    /// What the user sees, if that is set.
    ///
    /// # Errors
    ///
    /// If the text of the details is no JSON of this shape.
    pub fn directories(&self) -> Result<Vec<HomeDirectoryEntry<'_>>, serde_json::Error> {
        self.home_directory_details.as_deref().map_or_else(|| Ok(Vec::new()), serde_json::from_str)
    }
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn directories_are_read_as_they_were_set() {
        let entries = vec![
            HomeDirectoryEntry {
                entry: "/in".into(),
                target: "/example-bucket/\"ada\"".into(),
                r#type: Some(EntryType::Directory),
                ..HomeDirectoryEntry::default()
            },
            HomeDirectoryEntry {
                entry: "/out".into(),
                target: "/example-bucket/out".into(),
                ..HomeDirectoryEntry::default()
            },
        ];
        let mut response = TransferResponse::default();
        assert_eq!(response.directories().unwrap(), []);
        response.set_directories(entries.clone());
        assert_eq!(response.directories().unwrap(), entries);
        assert_eq!(response.home_directory_type, Some(HomeDirectoryType::Logical));
    }

    #[test]
    fn an_empty_password_is_none() {
        let login = |password: Option<&'static str>| TransferLogin {
            password: password.map(Into::into),
            ..TransferLogin::default()
        };
        assert!(login(Some("secret")).has_password());
        assert!(!login(Some("")).has_password());
        assert!(!login(None).has_password());
    }
}
