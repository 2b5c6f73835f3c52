//! The register map of one type of PLC, as people write it (TOML).
//!
//! ```toml
//! version = 1
//! name = "pot500"
//! plc_version = 501
//!
//! [[block]]
//! register = "holding"
//! start = 0
//! count = 31
//! byte_order = "ABCD"
//! point = [{ name = "voltage", offset = 9, type = "f32", unit = "V", min = -1.0, max = 60.0 }]
//! ```
//!
//! In each scan every block that is read is read and the one that is written is written; blocks that
//! stand close together share a request. Offsets count from the start of the block; addresses are
//! 0-based. Which PLCs exist is not said here, see
//! [`LinkSettings`](super::LinkSettings).

use super::codec::{ByteOrder, WireType};
use super::error::MapError;
use super::layout::Layout;
use super::lint::{Problem, Severity, lint};
use serde::{Deserialize, Serialize};
use std::string::String;
use std::vec::Vec;

/// The map of the example pot controller, as TOML.
pub const POT500: &str = include_str!("pot500.toml");

/// Version of the map file format.
pub const VERSION: u32 = 1;

/// A register map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RegisterMap {
    /// Version of the file format, [`VERSION`].
    pub version: u32,
    /// Name of the PLC type.
    pub name: String,
    /// What the PLC must show in its register `map_version`.
    pub plc_version: u16,
    /// Blocks: one or more read, one written.
    #[serde(rename = "block")]
    pub blocks: Vec<Block>,
}

/// Kind of register, hence the function code that reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum RegisterKind {
    /// Read by function 3, written by function 16.
    Holding,
    /// Read by function 4.
    Input,
}

/// Registers transferred by one request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// Name, for people only.
    #[serde(default)]
    pub name: String,
    /// Kind of register.
    pub register: RegisterKind,
    /// First register, 0-based.
    pub start: u16,
    /// Registers, 1..=125 to read and 1..=123 to write.
    pub count: u16,
    /// Byte order of the 32-bit points; there is no default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub byte_order: Option<ByteOrder>,
    /// What stands where.
    #[serde(rename = "point", default)]
    pub points: Vec<Point>,
}

/// Direction of a point, seen from the controller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// The PLC writes it.
    #[default]
    Read,
    /// The controller writes it.
    Write,
}

fn one() -> f64 {
    1.0
}

/// One value: number = raw × `scale` + `bias`, in `unit`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// One of [`SIGNALS`](super::SIGNALS); others are carried for documentation only.
    pub name: String,
    /// First register, from the start of the block.
    pub offset: u16,
    /// Type.
    #[serde(rename = "type")]
    pub wire: WireType,
    /// Size of one raw unit.
    #[serde(default = "one")]
    pub scale: f64,
    /// Value of raw zero, in `unit`.
    #[serde(default)]
    pub bias: f64,
    /// Unit of `raw × scale + bias`, of `min` and of `max`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Smallest plausible (read) or admissible (write) value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// Largest plausible (read) or admissible (write) value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// Direction.
    #[serde(default)]
    pub access: Access,
    /// The address in 4x notation, such as 40010 or 400010, to check the offset by: 40001 and 30001 are
    /// the registers at 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modicon: Option<u32>,
    /// Bit of the register, 0 the least significant, for a point that is true or false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bit: Option<u8>,
    /// Raw bits that mean "no value".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentinel: Option<u32>,
    /// Constant the PLC always shows here, checked at every connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<f64>,
}

impl RegisterMap {
    /// Reads a map. Its sense is checked by [`RegisterMap::lint`] and [`RegisterMap::compile`].
    ///
    /// # Errors
    /// [`MapError::Syntax`] with line and column for broken TOML, an unknown field or a wrong type.
    pub fn parse(text: &str) -> Result<Self, MapError> {
        toml::from_str(text).map_err(|e| MapError::syntax(text, &e))
    }

    /// The map of the example pot controller, [`POT500`].
    ///
    /// # Errors
    /// None in practice: a test holds the embedded text to be sound.
    pub fn pot500() -> Result<Self, MapError> {
        Self::parse(POT500)
    }

    /// Every problem of the map, errors and warnings, in file order.
    #[must_use]
    pub fn lint(&self) -> Vec<Problem> {
        lint(self)
    }

    /// Turns names into fixed offsets, once.
    ///
    /// # Errors
    /// [`MapError::Problems`] with every error of the map; warnings do not stop it.
    pub fn compile(&self) -> Result<Layout, MapError> {
        let mut problems = self.lint();
        problems.retain(|problem| problem.severity == Severity::Error);
        if problems.is_empty() { Layout::build(self) } else { Err(MapError::Problems(problems)) }
    }

    /// Every point with its block, in file order.
    pub fn points(&self) -> impl Iterator<Item = (&Block, &Point)> {
        self.blocks.iter().flat_map(|block| block.points.iter().map(move |point| (block, point)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_map_is_sound_and_survives_a_round_trip() {
        let map = RegisterMap::pot500().unwrap();
        assert_eq!(map.lint(), []);
        assert!(map.compile().is_ok());
        let text = toml::to_string(&map).unwrap();
        assert_eq!(RegisterMap::parse(&text).unwrap(), map);
    }

    #[test]
    fn a_misspelt_field_is_refused_with_its_line() {
        let text = POT500.replace("byte_order", "byteorder");
        let Err(MapError::Syntax { line, message }) = RegisterMap::parse(&text) else {
            panic!("accepted");
        };
        assert!(line > 1 && message.contains("byteorder"), "{line} {message}");
    }
}
