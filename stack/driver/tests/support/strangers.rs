//! A node with a public and an inner listener, and whoever comes to them.

use std::time::Duration;

use driver::{Admission, Env, ListenerConfig, NodeConfig, NodeHandle};
use tokio::io::AsyncReadExt as _;
use wire::Transport;

use super::{Echo, Peer, agent, at, raw};

pub const PUBLIC: &str = "10.0.0.2:5060";
pub const INNER: &str = "10.0.0.3:5060";

/// An agent that listens at both, and bears so much at the public one.
pub fn server(env: &Env, public: Admission) -> NodeHandle {
    let listeners = vec![
        ListenerConfig::new("public", at(PUBLIC), Transport::Tcp).admission(public),
        ListenerConfig::new("inner", at(INNER), Transport::Tcp),
    ];
    agent(NodeConfig { listeners, ..NodeConfig::new("server") }, &Echo::new(), env)
}

pub async fn connect(env: &Env, from: &str, to: &str) -> Peer {
    Peer(env.net.connect(Some(from.parse().unwrap()), at(to)).await.unwrap())
}

/// Shows a sign of life that proves nothing: RFC 5626 4.4.1.
pub async fn ping(peer: &mut Peer) {
    peer.say("\r\n\r\n").await;
    assert_eq!(peer.hear().await, "\r\n");
}

/// Asks what is answered with success.
pub async fn ask(peer: &mut Peer) {
    peer.say(&raw("SIP/2.0/TCP 10.0.0.9:1;branch=z9hG4bK1", "")).await;
    assert_eq!(peer.hear_message().await.status(), Some(200));
}

pub async fn is_closed(peer: &mut Peer) -> bool {
    let mut octet = [0];
    let read = peer.0.io.read(&mut octet);
    matches!(tokio::time::timeout(Duration::from_millis(1), read).await, Ok(Ok(0) | Err(_)))
}

/// Whether this has been counted for this reason.
pub fn counts(env: &Env, reason: &str) -> bool {
    env.metrics.text().contains(&format!("reason=\"{reason}\""))
}
