//! Where everything listens.

use std::net::{IpAddr, SocketAddr};

/// Where the listeners of one system are.
pub struct Addresses {
    /// The gateway, or in direct mode the location management server, as partners reach it: TLS.
    pub border: SocketAddr,
    /// The gateway for its own servers: TLS.
    pub gateway_tls: SocketAddr,
    /// The gateway for trusted addresses: UDP and TCP.
    pub gateway_plain: SocketAddr,
    /// The SIP core for users: UDP and TCP.
    pub clients: SocketAddr,
    /// The SIP core for users: TLS.
    pub clients_tls: SocketAddr,
    /// The SIP core for servers: TLS.
    pub core: SocketAddr,
    /// The location management server: TLS.
    pub locations: SocketAddr,
    /// The MC service server: TLS.
    pub service: SocketAddr,
    /// In direct mode the MC service server, as partners reach it: TLS.
    pub service_border: SocketAddr,
    /// The gateway over HTTP, or in direct mode the group management server, as partners reach it: TLS.
    pub border_http: SocketAddr,
    /// The gateway over HTTP for its own servers: TLS.
    pub gateway_http: SocketAddr,
    /// In direct mode the group management server over SIP, as partners reach it: TLS.
    pub groups_border: SocketAddr,
    /// The group management server over SIP: TLS.
    pub groups: SocketAddr,
    /// The group management server over HTTP, for own servers and the gateway: TLS.
    pub groups_http: SocketAddr,
    /// The group management server over HTTP, for clients with access tokens: TLS.
    pub groups_clients: SocketAddr,
    /// The configuration management server over SIP: TLS.
    pub configuration: SocketAddr,
    /// The configuration management server over HTTP, for own servers: TLS.
    pub configuration_http: SocketAddr,
    /// The configuration management server over HTTP, for clients with access tokens: TLS.
    pub configuration_clients: SocketAddr,
    /// The identity management server, for clients and for servers that fetch its keys: TLS.
    pub identity: SocketAddr,
    /// The MC service server over HTTP, for clients with access tokens: TLS.
    pub service_clients: SocketAddr,
    /// The identity management server, for own servers: TLS.
    pub identity_servers: SocketAddr,
    /// The MC service server over HTTP, for own servers: TLS.
    pub service_http: SocketAddr,
    /// The ACM server: TLS.
    pub acm: SocketAddr,
    /// In direct mode the ACM server, as partners reach it: TLS.
    pub acm_border: SocketAddr,
    /// The functional alias controlling server: TLS.
    pub aliases: SocketAddr,
    /// The admin listener of the servers' process.
    pub admin: SocketAddr,
    /// The admin listener of the clients' process.
    pub clients_admin: SocketAddr,
}

impl Addresses {
    /// Each at a port of its own of this host.
    pub(super) fn free<E>(
        free: &mut dyn FnMut(IpAddr) -> Result<SocketAddr, E>,
        host: IpAddr,
    ) -> Result<Self, E> {
        Ok(Self {
            border: free(host)?,
            gateway_tls: free(host)?,
            gateway_plain: free(host)?,
            clients: free(host)?,
            clients_tls: free(host)?,
            core: free(host)?,
            locations: free(host)?,
            service: free(host)?,
            service_border: free(host)?,
            border_http: free(host)?,
            gateway_http: free(host)?,
            groups_border: free(host)?,
            groups: free(host)?,
            groups_http: free(host)?,
            groups_clients: free(host)?,
            configuration: free(host)?,
            configuration_http: free(host)?,
            configuration_clients: free(host)?,
            identity: free(host)?,
            service_clients: free(host)?,
            identity_servers: free(host)?,
            service_http: free(host)?,
            acm: free(host)?,
            acm_border: free(host)?,
            aliases: free(host)?,
            admin: free(host)?,
            clients_admin: free(host)?,
        })
    }
}
