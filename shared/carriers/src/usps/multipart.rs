//! Reading an answer in several parts (RFC 7578): USPS sends a label's data and its document side by side.

use oms_ports::{Party, PortError};

/// The part of this name.
///
/// # Errors
/// Where the answer is not in parts, or has none of that name.
pub(super) fn part<'a>(content_type: &str, body: &'a [u8], name: &str) -> Result<&'a [u8], PortError> {
    let broken = |cause: String| PortError::corrupt(Party::Carrier, cause);
    let boundary = content_type.split(';').find_map(|field| field.trim().strip_prefix("boundary="));
    let boundary = boundary
        .map(|boundary| format!("--{}", boundary.trim_matches('"')))
        .ok_or_else(|| broken("an answer that is not in parts".to_owned()))?;
    let mut rest = body;
    while let Some(at) = position(rest, boundary.as_bytes()) {
        let after = &rest[at + boundary.len()..];
        let end = position(after, boundary.as_bytes()).unwrap_or(after.len());
        if let Some((head, content)) = split(&after[..end], b"\r\n\r\n")
            && String::from_utf8_lossy(head).contains(&format!("name=\"{name}\""))
        {
            return Ok(content.strip_suffix(b"\r\n").unwrap_or(content));
        }
        rest = after;
    }
    Err(broken(format!("an answer without {name}")))
}

fn split<'a>(bytes: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let position = position(bytes, at)?;
    Some((&bytes[..position], &bytes[position + at.len()..]))
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = b"--b\r\nContent-Disposition: form-data; name=\"labelMetadata\"\r\n\r\n{}\r\n--b\r\nContent-Disposition: form-data; name=\"labelImage\"; filename=\"l.pdf\"\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n\r\n--b--\r\n";

    #[test]
    fn each_part_is_found_by_its_name() {
        for (content_type, name, content) in [
            ("multipart/form-data; boundary=b", "labelMetadata", Some(&b"{}"[..])),
            ("multipart/form-data; charset=utf-8; boundary=\"b\"", "labelImage", Some(b"%PDF\r\n")),
            ("multipart/form-data; boundary=b", "receipt", None),
            ("multipart/form-data; boundary=other", "labelImage", None),
            ("application/json", "labelImage", None),
        ] {
            assert_eq!(part(content_type, BODY, name).ok(), content, "{content_type} {name}");
        }
    }
}
