//! Random bytes.

use oms_ports::{Party, PortError};

/// Bytes that cannot be guessed.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], PortError> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| PortError::unavailable(Party::Secrets, "no random bytes"))?;
    Ok(bytes)
}

/// Characters of a mark.
pub(crate) const MARK_LEN: usize = 16;

/// A mark for a write, by which its writer knows it again.
pub(crate) fn mark() -> Result<String, PortError> {
    Ok(format!("{:016x}", u64::from_le_bytes(bytes()?)))
}
