//! TLS to the database.

use std::{
    io,
    path::Path,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures::{FutureExt, TryFutureExt, future::BoxFuture};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::{
    Socket,
    tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream},
};
use tokio_rustls::{
    TlsConnector, client,
    rustls::{ClientConfig, RootCertStore},
};

use crate::{Fault, Kind};

/// Makes connections over TLS, or none where it is not asked for.
#[derive(Clone)]
pub(super) struct Tls(Option<TlsConnector>);

impl Tls {
    /// For connections without TLS.
    pub(super) fn none() -> Self {
        Self(None)
    }

    /// Trusts what the authorities in this file have issued to the name of the host, and nothing else.
    pub(super) fn verified(ca: &Path) -> Result<Self, Fault> {
        let unreadable = || Fault::new(Kind::Io, format!("cannot read certificates from {}", ca.display()));
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(ca).map_err(|why| unreadable().because(why))? {
            let certificate = certificate.map_err(|why| unreadable().because(why))?;
            roots.add(certificate).map_err(|why| unreadable().because(why))?;
        }
        if roots.is_empty() {
            return Err(Fault::new(Kind::Io, format!("there is no certificate in {}", ca.display())));
        }
        let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|why| unreadable().because(why))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(Some(TlsConnector::from(Arc::new(config)))))
    }
}

impl MakeTlsConnect<Socket> for Tls {
    type Stream = Stream;
    type TlsConnect = Connect;
    type Error = io::Error;

    fn make_tls_connect(&mut self, host: &str) -> io::Result<Connect> {
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other);
        Ok(Connect { connector: self.0.clone(), name })
    }
}

/// One connection about to be made.
pub(super) struct Connect {
    connector: Option<TlsConnector>,
    name: io::Result<ServerName<'static>>,
}

impl TlsConnect<Socket> for Connect {
    type Stream = Stream;
    type Error = io::Error;
    type Future = BoxFuture<'static, io::Result<Stream>>;

    fn connect(self, socket: Socket) -> Self::Future {
        let Some(connector) = self.connector else {
            return std::future::ready(Err(io::Error::other("TLS is not configured"))).boxed();
        };
        match self.name {
            Ok(name) => connector.connect(name, socket).map_ok(|stream| Stream(Box::new(stream))).boxed(),
            Err(why) => std::future::ready(Err(why)).boxed(),
        }
    }
}

/// A connection over TLS.
pub(super) struct Stream(Box<client::TlsStream<Socket>>);

/// Passwords are proven by SCRAM without binding it to the channel: the certificate is verified.
impl TlsStream for Stream {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
