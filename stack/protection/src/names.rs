//! Media type, namespaces and algorithms, each once.

/// TS 24.379 F.6: the body that holds the signatures of the others.
pub const SIGNED: &str = "application/vnd.3gpp.mcptt-signed+xml";
/// TS 24.379 F.6.2: the namespace of that body.
pub const SIGNED_DOCUMENT: &str = "urn:3gpp:ns:mcpttSignedDoc:1.0";
/// XML Signature.
pub const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";
/// XML Encryption.
pub const ENCRYPTION: &str = "http://www.w3.org/2001/04/xmlenc#";

/// RFC 6931 2.2.2: the signature method.
pub(crate) const HMAC_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256";
/// XML Encryption 5.7.2: the digest method.
pub(crate) const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
/// XML Encryption 1.1 5.2.4: the block encryption.
pub(crate) const AES128_GCM: &str = "http://www.w3.org/2009/xmlenc11#aes128-gcm";
/// XML Encryption 2.2: what was encrypted is what stood between an element's tags.
pub(crate) const CONTENT: &str = "http://www.w3.org/2001/04/xmlenc#Content";

/// Canonical XML 1.0.
pub(crate) const INCLUSIVE: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
/// Canonical XML 1.0, with comments.
pub(crate) const INCLUSIVE_COMMENTS: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments";
/// Exclusive XML Canonicalization 1.0.
pub(crate) const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// Exclusive XML Canonicalization 1.0, with comments.
pub(crate) const EXCLUSIVE_COMMENTS: &str = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments";
