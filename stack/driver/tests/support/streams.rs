//! A server that listens for streams, and who speaks to it.

use std::sync::Arc;

use driver::{Env, Limits, ListenerConfig, NodeConfig, NodeHandle};
use wire::Transport;

use super::{Echo, Peer, agent, at, raw};

pub const SERVER: &str = "10.0.0.2:5060";

pub fn server(env: &Env, limits: Limits) -> (NodeHandle, Arc<Echo>) {
    let service = Echo::new();
    let listener = ListenerConfig::new("main", at(SERVER), Transport::Tcp);
    let config = NodeConfig { listeners: vec![listener], limits, ..NodeConfig::new("server") };
    (agent(config, &service, env), service)
}

pub fn client(env: &Env, limits: Limits) -> NodeHandle {
    agent(NodeConfig { limits, ..NodeConfig::new("client") }, &Echo::new(), env)
}

pub fn request(number: usize) -> String {
    raw(&format!("SIP/2.0/TCP 127.0.0.1:1;branch=z9hG4bK{number}"), "")
}

pub async fn hear_responses(peer: &mut Peer, count: usize) -> String {
    let mut heard = String::new();
    while heard.matches("SIP/2.0 200").count() < count {
        let more = peer.hear().await;
        assert!(!more.is_empty(), "closed after {heard}");
        heard.push_str(&more);
    }
    heard
}
