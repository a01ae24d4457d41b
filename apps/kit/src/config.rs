//! A positioned reader of TOML configuration: every mistake at once, each with its file, line, column and, for a
//! misspelt name, the nearest right one.
//!
//! A section is a function from a [`Table`] to `Option<Section>`. It reads every key first and unwraps with `?` last,
//! so that one mistake does not hide the next:
//!
//! ```
//! use kit::config::{Document, Table};
//!
//! struct Admin { listen: std::net::SocketAddr, threads: u16 }
//!
//! fn admin(table: &Table<'_>) -> Option<Admin> {
//!     let listen = table.required("listen");
//!     let threads = table.within("threads", 1..=64, 2);
//!     Some(Admin { listen: listen?, threads })
//! }
//!
//! let document = Document::parse("mcx.toml", "[admin]\nlisten = \"127.0.0.1:9090\"\n");
//! let read = document.read(|root| root.required_table("admin", admin));
//! assert!(read.is_ok_and(|admin| admin.listen.port() == 9090 && admin.threads == 2));
//!
//! let document = Document::parse("mcx.toml", "[admin]\nlistn = \"127.0.0.1:9090\"\n");
//! let errors = document.read(|root| root.required_table("admin", admin)).err().map(|e| e.to_string());
//! assert!(errors.is_some_and(|e| e.contains("mcx.toml:2:1: unknown key \"listn\" in [admin]; did you mean \"listen\"?")));
//! ```

mod admission;
mod asked;
mod document;
mod errors;
pub mod flows;
mod hop;
mod http;
mod listen;
mod nearest;
mod partner;
mod protection;
mod table;
mod tls;
mod value;
mod values;

#[cfg(test)]
mod tests;

pub use self::http::{HttpLimits, HttpListen};
pub use admission::Admission;
pub use asked::{Asked, Holds, Need};
pub use document::{Document, Examined};
pub use errors::{ConfigError, Errors};
pub use hop::HopConfig;
pub use listen::{ClientCertificate, Listen};
pub use nearest::{did_you_mean, nearest, nearest_within};
pub use partner::{Agreed, Direct, Domains, bound, known};
pub use table::Table;
pub use tls::{TlsProfile, TlsProfiles};
pub use value::{Named, Raw, Value};
pub use values::{HostPort, Prefix, Size, is_host};
