//! Streams under TLS or bare, on either side.

use std::{fs, io, path::Path, sync::Arc};

use rustls::{ClientConfig, RootCertStore, ServerConfig, server::WebPkiClientVerifier};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// Anything that carries octets both ways.
pub trait Octets: AsyncRead + AsyncWrite + Unpin {}
impl<T: AsyncRead + AsyncWrite + Unpin> Octets for T {}

/// TLS as a client, which may show a certificate, and as a server, which demands one.
#[derive(Clone)]
pub struct Tls {
    connector: TlsConnector,
    acceptor: Option<TlsAcceptor>,
    name: ServerName<'static>,
}

impl Tls {
    /// Reads `ca.pem` from a folder, and a certificate and a key for each side from files of these stems, `client.pem` and
    /// `client.key` for instance; `name` is whom the client's side wants to meet.
    pub fn read(
        folder: &Path,
        [client, server]: [&str; 2],
        name: &str,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let roots = authorities(&folder.join("ca.pem"))?;
        let (chain, key) = identity(folder, client)?;
        let client = ClientConfig::builder()
            .with_root_certificates(roots.clone())
            .with_client_auth_cert(chain, key)?;
        let (chain, key) = identity(folder, server)?;
        let server = ServerConfig::builder()
            .with_client_cert_verifier(WebPkiClientVerifier::builder(roots).build()?)
            .with_single_cert(chain, key)?;
        Ok(Self {
            connector: TlsConnector::from(Arc::new(client)),
            acceptor: Some(TlsAcceptor::from(Arc::new(server))),
            name: ServerName::try_from(name.to_owned())?,
        })
    }

    /// A client without a certificate, which believes these authorities of the server of this name.
    pub fn trusting(authority: &Path, name: &str) -> Result<Self, Box<dyn std::error::Error>> {
        let client =
            ClientConfig::builder().with_root_certificates(authorities(authority)?).with_no_client_auth();
        let name = ServerName::try_from(name.to_owned())?;
        Ok(Self { connector: TlsConnector::from(Arc::new(client)), acceptor: None, name })
    }
}

fn authorities(file: &Path) -> Result<Arc<RootCertStore>, Box<dyn std::error::Error>> {
    let mut roots = RootCertStore::empty();
    for anchor in CertificateDer::pem_file_iter(file)? {
        roots.add(anchor?)?;
    }
    Ok(Arc::new(roots))
}

/// Wraps the client's end.
pub async fn client_end(stream: TcpStream, tls: Option<&Tls>) -> io::Result<Box<dyn Octets>> {
    stream.set_nodelay(true)?;
    Ok(match tls {
        Some(tls) => Box::new(tls.connector.connect(tls.name.clone(), stream).await?),
        None => Box::new(stream),
    })
}

/// Wraps the server's end.
pub async fn server_end(stream: TcpStream, tls: Option<&Tls>) -> io::Result<Box<dyn Octets>> {
    stream.set_nodelay(true)?;
    Ok(match tls {
        Some(Tls { acceptor: Some(acceptor), .. }) => Box::new(acceptor.accept(stream).await?),
        Some(_) => return Err(io::Error::other("no certificate to answer with")),
        None => Box::new(stream),
    })
}

type Chain = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn identity(folder: &Path, who: &str) -> Result<Chain, Box<dyn std::error::Error>> {
    let pem = fs::read(folder.join(format!("{who}.pem")))?;
    let chain = CertificateDer::pem_slice_iter(&pem).collect::<Result<_, _>>()?;
    Ok((chain, PrivateKeyDer::from_pem_file(folder.join(format!("{who}.key")))?))
}
