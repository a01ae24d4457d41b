//! Where the database is, and who speaks to it.

use std::{fmt, path::Path, sync::Arc, time::Duration};

use tokio_postgres::{
    Config,
    config::{SslMode, TargetSessionAttrs},
};

use super::tls::Tls;
use crate::{Fault, Kind};

/// How long setting up a TCP connection to one host may take.
const CONNECT: Duration = Duration::from_secs(2);

/// A connection string, checked, and the certificate authority for TLS. `Display` has no password.
#[derive(Clone)]
pub struct Address {
    pub(super) config: Config,
    pub(super) tls: Tls,
}

impl Address {
    /// Reads a connection string, `host=one,two dbname=mcx user=mcx` or `postgres://mcx@one,two/mcx`. Of several hosts the
    /// one that takes writes is used, whichever that is at the time.
    ///
    /// With a `ca`, a file of PEM certificates, every connection is TLS 1.2 or 1.3 and the server's certificate must be
    /// issued by it to the name of the host. Without, there is no TLS, and `sslmode=require` is refused: what is encrypted
    /// to anybody protects nothing.
    ///
    /// # Errors
    /// [`Fault`] when the string or the file cannot be read.
    pub fn new(connection: &str, ca: Option<&Path>) -> Result<Self, Fault> {
        let mut config: Config = connection.parse().map_err(|why: tokio_postgres::Error| {
            Fault::new(Kind::Io, "the connection string of the database cannot be read").because(why)
        })?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(Fault::new(Kind::Io, "the connection string of the database names no host"));
        }
        let wants_tls = config.get_ssl_mode() == SslMode::Require;
        let tls = match ca {
            Some(ca) => Tls::verified(ca)?,
            None if wants_tls => {
                let what = "sslmode=require needs the certificate authority of the database";
                return Err(Fault::new(Kind::Io, what));
            }
            None => Tls::none(),
        };
        let (mode, named) = (if ca.is_some() { SslMode::Require } else { SslMode::Disable }, "mcx");
        config.ssl_mode(mode).target_session_attrs(TargetSessionAttrs::ReadWrite).connect_timeout(CONNECT);
        config.tcp_user_timeout(Duration::from_secs(10)).keepalives_idle(Duration::from_secs(10));
        if config.get_application_name().is_none() {
            config.application_name(named);
        }
        Ok(Self { config, tls })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use tokio_postgres::config::Host;
        let ports = self.config.get_ports();
        for (index, host) in self.config.get_hosts().iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            let port = ports.get(index).or(ports.first()).copied().unwrap_or(5432);
            match host {
                Host::Tcp(host) => write!(f, "{comma}{host}:{port}")?,
                Host::Unix(folder) => write!(f, "{comma}{}:{port}", folder.display())?,
            }
        }
        write!(f, "/{}", self.config.get_dbname().or(self.config.get_user()).unwrap_or_default())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

pub(super) type Shared = Arc<Address>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_shows_its_hosts_and_no_password() {
        let address = Address::new("postgres://mcx:secret@one:5433,two:5434/calls", None).unwrap();
        assert_eq!(address.to_string(), "one:5433,two:5434/calls");
        assert!(!format!("{address:?}").contains("secret"));
        let address = Address::new("host=one,two user=mcx password=secret", None).unwrap();
        assert_eq!(address.to_string(), "one:5432,two:5432/mcx");
    }

    #[test]
    fn what_cannot_be_read_is_told_without_the_password() {
        for (wrong, what) in [
            ("host", "cannot be read"),
            ("user=mcx password=secret", "names no host"),
            ("host=one sslmode=require password=secret", "needs the certificate authority"),
        ] {
            let fault = Address::new(wrong, None).unwrap_err();
            assert!(fault.to_string().contains(what), "{fault}");
            assert!(!fault.to_string().contains("secret"), "{fault}");
        }
    }

    #[test]
    fn a_certificate_authority_that_is_not_there_is_named() {
        let fault = Address::new("host=one", Some(Path::new("/nowhere/ca.pem"))).unwrap_err();
        assert!(fault.to_string().contains("/nowhere/ca.pem"), "{fault}");
    }
}
