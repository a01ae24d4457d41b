//! The little of SIP that a load driver needs, written apart from mcx.

/// Cuts one whole message off the front of a stream's buffer. What keeps a connection alive is passed over (RFC 5626 4.4.1).
pub fn cut(buffer: &mut Vec<u8>) -> Option<Vec<u8>> {
    let blank = buffer.iter().take_while(|octet| matches!(octet, b'\r' | b'\n')).count();
    buffer.drain(..blank);
    let end = buffer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let length = head(buffer)
        .split("\r\n")
        .find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let name = name.trim();
            (name.eq_ignore_ascii_case("content-length") || name == "l")
                .then(|| value.trim().parse::<usize>().ok())?
        })
        .unwrap_or(0);
    (buffer.len() >= end + length).then(|| buffer.drain(..end + length).collect())
}

/// Everything before the body, as far as it is UTF-8.
pub fn head(message: &[u8]) -> &str {
    let end = message.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(message.len());
    std::str::from_utf8(&message[..end]).unwrap_or_default()
}

/// The status of a response; none of a request.
pub fn status(message: &[u8]) -> Option<u16> {
    head(message).strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok()
}

/// The value of a header field by its long name.
pub fn field<'m>(message: &'m [u8], name: &str) -> Option<&'m str> {
    head(message).split("\r\n").find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// The 200 to a request: its dialog headers returned, each line as it came (RFC 3261 8.2.6).
pub fn accept(request: &[u8]) -> Vec<u8> {
    let mut response = Vec::with_capacity(768);
    response.extend_from_slice(b"SIP/2.0 200 OK\r\n");
    for line in head(request).split("\r\n").skip(1) {
        let name = line.split(':').next().unwrap_or_default().trim().to_ascii_lowercase();
        if matches!(name.as_str(), "via" | "v" | "from" | "f" | "to" | "t" | "call-id" | "i" | "cseq") {
            response.extend_from_slice(line.as_bytes());
            if matches!(name.as_str(), "to" | "t") && !line.contains(";tag=") {
                response.extend_from_slice(b";tag=load");
            }
            response.extend_from_slice(b"\r\n");
        }
    }
    response.extend_from_slice(b"Content-Length: 0\r\n\r\n");
    response
}
