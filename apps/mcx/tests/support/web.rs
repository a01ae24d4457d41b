//! A request over HTTPS, as a user's client sends it.

use std::{net::SocketAddr, sync::Arc};

use bytes::Bytes;
use driver::{Env, Http, HttpConfig, Kernel, Metrics, Room, SystemClock, SystemIds, TlsProfile};
use http::{Request, Response};
use wire::{Hop, Silent, Streams, TlsPeer, Transport};

/// What the server of this name answers, which listens there, and whose certificate this authority (PEM) has issued.
pub fn send(request: Request<Bytes>, host: &str, address: SocketAddr, authority: String) -> Response<Bytes> {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let env = Env {
            net: Kernel::shared(),
            clock: SystemClock::shared(),
            ids: SystemIds::shared(),
            recorder: Arc::new(Silent),
            metrics: Metrics::new(),
            runtime: tokio::runtime::Handle::current(),
            room: Room::of(1_000),
        };
        let anchors = TlsProfile {
            name: "servers".into(),
            certificate: None,
            key: None,
            anchors: vec![authority],
            crls: Vec::new(),
        };
        let http =
            Http::new(HttpConfig { tls: vec![anchors], ..HttpConfig::new("test") }, &env).expect("starts");
        let hop = Hop {
            name: host.into(),
            transport: Transport::Tls,
            address,
            tls: Some(TlsPeer { profile: "servers".into(), domain: host.into(), anchor: None }),
            connection: None,
            streams: Streams::default(),
        };
        http.web().fetch(request, hop).await.expect("is answered")
    })
}
