//! Media types, namespaces and type values: each once, in one place.
//!
//! Names that 3GPP has not assigned are marked *provisional*. They live in the project's own `x.mcx` tree and
//! `urn:x-mcx` namespaces, never inside another body's namespace, and change here when 3GPP assigns them.

/// TS 24.379 F.1: MCPTT information.
pub const MCPTT_INFO: &str = "application/vnd.3gpp.mcptt-info+xml";
/// TS 24.281 F.1: MCVideo information.
pub const MCVIDEO_INFO: &str = "application/vnd.3gpp.mcvideo-info+xml";
/// TS 24.282 D.1: MCData information. Nothing reads it: its elements for migration are not published.
pub const MCDATA_INFO: &str = "application/vnd.3gpp.mcdata-info+xml";
/// RFC 4354: a client's settings, with which it is service-authorized (TS 24.379 7.2.2).
pub const POC_SETTINGS: &str = "application/poc-settings+xml";
/// RFC 3863: presence, with which functional aliases are activated and told of (TS 24.379 9A).
pub const PIDF: &str = "application/pidf+xml";
/// TS 24.379 F.3: location configuration, request and report.
pub const LOCATION_INFO: &str = "application/vnd.3gpp.mcptt-location-info+xml";
/// *Provisional.* The companion body of flows whose payload has a 3GPP schema and whose envelope has none.
pub const INTERCONNECTION_INFO: &str = "application/x.mcx.interconnection-info+xml";
/// *Provisional.* TS 23.280 10.17: administration clients and servers.
pub const ACM_INFO: &str = "application/x.mcx.acm-info+xml";
/// TS 24.484 8.3: MCPTT user profiles.
pub const MCPTT_USER_PROFILE: &str = "application/vnd.3gpp.mcptt-user-profile+xml";
/// TS 24.484 9.3: MCVideo user profiles.
pub const MCVIDEO_USER_PROFILE: &str = "application/vnd.3gpp.mcvideo-user-profile+xml";
/// TS 24.484 10.3: MCData user profiles.
pub const MCDATA_USER_PROFILE: &str = "application/vnd.3gpp.mcdata-user-profile+xml";
/// RFC 3261 27.5: a whole SIP message, as third-party registration carries it (TS 24.229 5.4.1.7).
pub const SIP_MESSAGE: &str = "message/sip";
/// RFC 2046 5.1.3: several bodies in one message.
pub const MULTIPART_MIXED: &str = "multipart/mixed";

/// Namespace names.
pub mod namespace {
    /// TS 24.379 F.1.
    pub const MCPTT_INFO: &str = "urn:3gpp:ns:mcpttInfo:1.0";
    /// TS 24.281 F.1.
    pub const MCVIDEO_INFO: &str = "urn:3gpp:ns:mcvideoInfo:1.0";
    /// RFC 4354.
    pub const POC_SETTINGS: &str = "urn:oma:params:xml:ns:poc:poc-settings";
    /// TS 24.379 7.2.2: what MC services add to a client's settings.
    pub const MCS_SETTINGS: &str = "urn:3gpp:mcsSettings:1.0";
    /// RFC 3863.
    pub const PIDF: &str = "urn:ietf:params:xml:ns:pidf";
    /// TS 24.379 9.3.1, 9A.3.1: what MCPTT adds to presence.
    pub const MCPTT_PRESENCE: &str = "urn:3gpp:ns:mcpttPresInfo:1.0";
    /// *Provisional.* What a functional alias controlling server says that the presence of TS 24.379 9A has no place for
    /// (`xsd/functional-alias.xsd`).
    pub const FUNCTIONAL_ALIAS: &str = "urn:x-mcx:ns:functional-alias:1.0";
    /// TS 24.379 F.3.
    pub const LOCATION_INFO: &str = "urn:3gpp:ns:mcpttLocationInfo:1.0";
    /// *Provisional.* `xsd/interconnection-info.xsd`.
    pub const INTERCONNECTION_INFO: &str = "urn:x-mcx:ns:interconnection-info:1.0";
    /// *Provisional.* `xsd/acm-info.xsd`.
    pub const ACM_INFO: &str = "urn:x-mcx:ns:acm-info:1.0";
    /// *Provisional.* `xsd/partner-connectivity.xsd`.
    pub const PARTNER_CONNECTIVITY: &str = "urn:x-mcx:ns:partner-connectivity:1.0";
    /// XML Encryption, which TS 33.180 uses for single elements.
    pub const XML_ENCRYPTION: &str = "http://www.w3.org/2001/04/xmlenc#";
}

/// Values of `req-type`, `resp-type` and `ind-type`, in the companion body, in the information documents of the MC services and
/// in `acm-info`. All are *provisional*.
pub mod kind {
    /// TS 23.280 10.9.3.10.2 steps 1 and 3.
    pub const LOCATION_REQUEST: &str = "location-information-request";
    /// TS 23.280 10.9.3.10.2 steps 6 and 7.
    pub const LOCATION_REPORT: &str = "location-information-report";
    /// TS 23.280 10.9.3.2: the client's answer that it does not report, which TS 24.379 F.3 cannot say.
    pub const CLIENT_LOCATION_REPORT: &str = "client-location-report";
    /// TS 23.280 10.6.3.3 steps 1, 3, 4 and 5.
    pub const MIGRATION_REQUEST: &str = "migration-service-authorization-request";
    /// TS 23.280 10.6.3.3 steps 8 to 11.
    pub const MIGRATION_RESPONSE: &str = "migration-service-authorization-response";
    /// The end of a migration, of which TS 23.280 says nothing.
    pub const MIGRATION_ENDED: &str = "migration-ended-notice";
    /// What the other system has in its books of one migration, of which TS 23.280 says nothing.
    pub const MIGRATION_STATUS_REQUEST: &str = "migration-status-request";
    /// The answer to it.
    pub const MIGRATION_STATUS_RESPONSE: &str = "migration-status-response";
    /// Where a user of the own system works, asked by a server of that system.
    pub const WHEREABOUTS_REQUEST: &str = "migration-whereabouts-request";
    /// The answer to it.
    pub const WHEREABOUTS: &str = "migration-whereabouts";
    /// That a user of the own system has gone, or is back, for its other servers.
    pub const MIGRATION_CHANGED: &str = "migration-changed-notice";

    /// TS 23.280 10.17.2, pending ACM data notification.
    pub const ACM_PENDING_NOTIFICATION: &str = "acm-pending-data-notification";
    /// TS 23.280 10.17.2, pending ACM data request.
    pub const ACM_PENDING_REQUEST: &str = "acm-pending-data-request";
    /// TS 23.280 10.17.2, pending ACM data response.
    pub const ACM_PENDING_RESPONSE: &str = "acm-pending-data-response";
    /// TS 23.280 10.17.4.2: interconnection group identity provision, which the study called group information provision.
    pub const ACM_GROUP_PROVISION_REQUEST: &str = "acm-group-information-provision-request";
    /// The answer to it.
    pub const ACM_GROUP_PROVISION_RESPONSE: &str = "acm-group-information-provision-response";
    /// TS 23.280 10.17.2, group membership update.
    pub const ACM_GROUP_MEMBERSHIP_REQUEST: &str = "acm-group-membership-update-request";
    /// The answer to it.
    pub const ACM_GROUP_MEMBERSHIP_RESPONSE: &str = "acm-group-membership-update-response";
    /// TS 23.280 10.17.5.2: users of the primary system who are to be allowed to migrate.
    pub const ACM_USERS_ADD_REQUEST: &str = "acm-migration-users-add-request";
    /// The answer to it.
    pub const ACM_USERS_ADD_RESPONSE: &str = "acm-migration-users-add-response";
    /// TS 23.280 10.17.5: users who are to be allowed no longer.
    pub const ACM_USERS_REMOVE_REQUEST: &str = "acm-migration-users-remove-request";
    /// The answer to it.
    pub const ACM_USERS_REMOVE_RESPONSE: &str = "acm-migration-users-remove-response";
    /// TS 23.280 10.17.2.15.
    pub const ACM_PROFILE_UPDATE_REQUEST: &str = "acm-user-profile-update-request";
    /// TS 23.280 10.17.2.16.
    pub const ACM_PROFILE_UPDATE_RESPONSE: &str = "acm-user-profile-update-response";
    /// TS 23.280 10.17.7.2 step 4.
    pub const ACM_PROCESS_INDICATION: &str = "acm-process-indication";
    /// An initiator takes a request back, of which TS 23.280 says nothing.
    pub const ACM_WITHDRAWAL_REQUEST: &str = "acm-withdrawal-request";
    /// The answer to it.
    pub const ACM_WITHDRAWAL_RESPONSE: &str = "acm-withdrawal-response";
    /// A user asks where his requests stand, of which TS 23.280 says nothing.
    pub const ACM_STATUS_REQUEST: &str = "acm-status-request";
    /// The answer to it.
    pub const ACM_STATUS_RESPONSE: &str = "acm-status-response";
    /// A system proves that it has written into its audit log what it received.
    pub const ACM_AUDIT_RECEIPT: &str = "acm-audit-receipt";
}
