//! The procedures of a configuration management server.

pub mod name_group_server;
