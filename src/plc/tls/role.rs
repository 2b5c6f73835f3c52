//! Who may do what. What no grant allows is forbidden.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::prelude::rust_2024::*;
use x509_parser::prelude::FromDer;

/// The certificate extension that names the role, a UTF8String (Modbus/TCP Security protocol, 2018,
/// section 8.4).
pub const ROLE_OID: &str = "1.3.6.1.4.1.50316.802.1";

/// Functions allowed on a range of registers or bits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Function codes.
    pub functions: Vec<u8>,
    /// First address, from 0.
    #[serde(default)]
    pub start: u16,
    /// How many addresses; up to the last one when absent.
    #[serde(default)]
    pub count: Option<u16>,
    /// Unit ids; every one when empty.
    #[serde(default)]
    pub units: Vec<u8>,
}

/// Grants of each role. A peer without a role, or with one that is not listed, may do nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Roles(pub BTreeMap<String, Vec<Grant>>);

impl Grant {
    fn covers(&self, unit: u8, function: u8, ranges: &[(u16, u16)]) -> bool {
        let end = self.count.map_or(0x1_0000, |count| u32::from(self.start) + u32::from(count));
        let inside =
            |&(start, count): &(u16, u16)| start >= self.start && u32::from(start) + u32::from(count) <= end;
        (self.units.is_empty() || self.units.contains(&unit))
            && self.functions.contains(&function)
            && ranges.iter().all(inside)
    }
}

/// Addresses a request touches: first and quantity. `None` for a PDU too short to tell.
fn ranges(pdu: &[u8]) -> Option<Vec<(u16, u16)>> {
    let word = |at: usize| Some(u16::from_be_bytes([*pdu.get(at)?, *pdu.get(at + 1)?]));
    Some(match pdu.first()? {
        1..=4 | 15 | 16 => Vec::from([(word(1)?, word(3)?)]),
        5 | 6 | 22 => Vec::from([(word(1)?, 1)]),
        23 => Vec::from([(word(1)?, word(3)?), (word(5)?, word(7)?)]),
        _ => Vec::new(),
    })
}

impl Roles {
    /// True when one grant of `role` covers all of the request.
    #[must_use]
    pub fn allow(&self, role: Option<&str>, unit: u8, pdu: &[u8]) -> bool {
        let (Some(&function), Some(ranges)) = (pdu.first(), ranges(pdu)) else { return false };
        let grants = role.and_then(|role| self.0.get(role));
        grants.is_some_and(|grants| grants.iter().any(|grant| grant.covers(unit, function, &ranges)))
    }
}

/// The role in a certificate. None for a certificate without, with two, or with one that is no text.
pub(super) fn of_certificate(der: &[u8]) -> Option<String> {
    let (_, certificate) = x509_parser::parse_x509_certificate(der).ok()?;
    let mut named = certificate.extensions().iter().filter(|e| e.oid.to_id_string() == ROLE_OID);
    let (Some(extension), None) = (named.next(), named.next()) else { return None };
    let (rest, role) = x509_parser::asn1_rs::Utf8String::from_der(extension.value).ok()?;
    rest.is_empty().then(|| role.string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_grant_covers_is_allowed() {
        let roles: Roles = toml::from_str(
            "operator = [{ functions = [3, 23], start = 10, count = 20 }, { functions = [16], start = 100, \
             count = 2, units = [1] }, { functions = [7] }]",
        )
        .unwrap();
        let allow = |pdu: &[u8]| roles.allow(Some("operator"), 1, pdu);
        assert!(allow(&[3, 0, 10, 0, 20]) && !allow(&[3, 0, 9, 0, 1]) && !allow(&[3, 0, 10, 0, 21]));
        assert!(!allow(&[3, 0xFF, 0xFF, 0xFF, 0xFF]) && !allow(&[4, 0, 10, 0, 1]));
        assert!(allow(&[16, 0, 100, 0, 2, 4, 0, 0, 0, 0]) && !allow(&[16, 0, 100, 0, 3]));
        assert!(allow(&[23, 0, 10, 0, 1, 0, 11, 0, 1]) && !allow(&[23, 0, 10, 0, 1, 0, 30, 0, 1]));
        assert!(allow(&[7]) && !allow(&[]) && !allow(&[3, 0]));
        assert!(!roles.allow(Some("operator"), 2, &[16, 0, 100, 0, 1]));
        assert!(!roles.allow(None, 1, &[7]) && !roles.allow(Some("guest"), 1, &[7]));
    }
}
