//! Reads the points of a Telegraf configuration (`inputs.modbus`) as the beginning of a register map.
//!
//! Plants that already collect data have the addresses written down there. What Telegraf does not
//! know, a person must add: units, plausible ranges, which field is which signal, the block that is
//! written. [`RegisterMap::lint`] names it all. The three styles of the plug-in (`request`, `metric`,
//! `register`) are read as its documentation describes them; its spelling of types and byte orders is
//! the same as ours, which is no accident.

use super::codec::{ByteOrder, WireType};
use super::error::MapError;
use super::map::{Access, Block, Point, RegisterKind, RegisterMap, VERSION};
use super::plan::WORTHWHILE_GAP;
use serde::Deserialize;
use std::format;
use std::prelude::rust_2024::*;

/// What came out of a Telegraf file.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The map so far; it wants finishing.
    pub map: RegisterMap,
    /// What was left out, and why.
    pub left_out: Vec<String>,
}

/// Reads every `[[inputs.modbus]]` of a Telegraf configuration as one map.
///
/// # Errors
/// [`MapError::Syntax`] for broken TOML, or a file without such a section.
pub fn import(text: &str) -> Result<Imported, MapError> {
    let file: File = toml::from_str(text).map_err(|e| MapError::syntax(text, &e))?;
    if file.inputs.modbus.is_empty() {
        return Err(MapError::Syntax { line: 0, message: "there is no [[inputs.modbus]]".into() });
    }
    let name = file.inputs.modbus.iter().find_map(|plugin| plugin.name.clone());
    let mut left_out = Vec::new();
    let mut found = Vec::new();
    for field in file.inputs.modbus.into_iter().flat_map(fields) {
        match field.place() {
            Ok(Some(place)) => found.push(place),
            Ok(None) => {}
            Err(why) => left_out.push(format!("{}: {why}", field.name)),
        }
    }
    let blocks = pack(found, &mut left_out);
    let name = name.unwrap_or_else(|| "imported".into());
    Ok(Imported { map: RegisterMap { version: VERSION, name, plc_version: 0, blocks }, left_out })
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    inputs: Inputs,
}

#[derive(Deserialize, Default)]
struct Inputs {
    #[serde(default)]
    modbus: Vec<Plugin>,
}

#[derive(Deserialize)]
struct Plugin {
    name: Option<String>,
    #[serde(default, alias = "metric")]
    request: Vec<Group>,
    #[serde(default)]
    holding_registers: Vec<Field>,
    #[serde(default)]
    input_registers: Vec<Field>,
    #[serde(default)]
    coils: Vec<Field>,
    #[serde(default)]
    discrete_inputs: Vec<Field>,
}

/// A request, or a metric.
#[derive(Deserialize)]
struct Group {
    byte_order: Option<String>,
    register: Option<String>,
    #[serde(default)]
    fields: Vec<Field>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Address {
    One(u16),
    Each(Vec<u16>),
}

#[derive(Deserialize)]
struct Field {
    #[serde(default)]
    name: String,
    address: Address,
    #[serde(alias = "data_type", rename = "type")]
    wire: Option<String>,
    byte_order: Option<String>,
    register: Option<String>,
    scale: Option<f64>,
    bit: Option<u8>,
    #[serde(default)]
    omit: bool,
}

/// Every field, with what its group says of it.
fn fields(plugin: Plugin) -> impl Iterator<Item = Field> {
    let of = |register: &str, mut field: Field| {
        field.register.get_or_insert_with(|| register.into());
        field
    };
    let grouped = plugin.request.into_iter().flat_map(move |group| {
        let register = group.register.unwrap_or_else(|| "holding".into());
        group.fields.into_iter().map(move |mut field| {
            field.byte_order = field.byte_order.or_else(|| group.byte_order.clone());
            of(&register, field)
        })
    });
    let lists = [
        ("holding", plugin.holding_registers),
        ("input", plugin.input_registers),
        ("coil", plugin.coils),
        ("discrete", plugin.discrete_inputs),
    ];
    grouped.chain(
        lists
            .into_iter()
            .flat_map(move |(register, list)| list.into_iter().map(move |field| of(register, field))),
    )
}

/// A point and where it stands.
struct Place {
    kind: RegisterKind,
    order: Option<ByteOrder>,
    address: u16,
    point: Point,
}

impl Field {
    /// `None` for a field that is only there to be left out.
    fn place(&self) -> Result<Option<Place>, String> {
        if self.omit {
            return Ok(None);
        }
        let kind = match self.register.as_deref() {
            Some("holding") => RegisterKind::Holding,
            Some("input") => RegisterKind::Input,
            other => return Err(format!("{} are not read; map a register", other.unwrap_or("such fields"))),
        };
        let text = self.wire.as_deref().unwrap_or("");
        let wire = match text {
            "UINT16" | "BIT" => WireType::U16,
            "INT16" => WireType::I16,
            "UINT32" => WireType::U32,
            "INT32" => WireType::I32,
            "FLOAT32" | "FLOAT32-IEEE" if !self.is_fixed_point(text) => WireType::F32,
            "FIXED" => self.sized(WireType::I16, WireType::I32)?,
            "UFIXED" | "FLOAT32" => self.sized(WireType::U16, WireType::U32)?,
            other => return Err(format!("type {other} is not known to register maps")),
        };
        let address = match &self.address {
            Address::One(address) => Some(*address),
            Address::Each(all) => all.first().copied(),
        };
        let address = address.ok_or("no address")?;
        let order = match (wire.words(), self.byte_order.as_deref()) {
            (1, None | Some("AB" | "ABCD" | "CDAB")) => None,
            (1, Some(other)) => return Err(format!("byte order {other} within one register")),
            (_, Some("ABCD")) => Some(ByteOrder::Abcd),
            (_, Some("CDAB")) => Some(ByteOrder::Cdab),
            (_, Some("BADC")) => Some(ByteOrder::Badc),
            (_, Some("DCBA")) => Some(ByteOrder::Dcba),
            (_, None) => None,
            (_, Some(other)) => return Err(format!("byte order {other} is not known")),
        };
        let point = Point {
            name: self.name.clone(),
            offset: 0,
            wire,
            scale: self.scale.unwrap_or(1.0),
            bias: 0.0,
            unit: None,
            min: None,
            max: None,
            access: Access::Read,
            modicon: None,
            bit: self.bit,
            sentinel: None,
            expect: None,
        };
        Ok(Some(Place { kind, order, address, point }))
    }

    /// In the `register` style "FLOAT32" is an old name of a fixed-point number.
    fn is_fixed_point(&self, text: &str) -> bool {
        text == "FLOAT32" && matches!(self.address, Address::Each(_))
    }

    /// The type that fills the registers a fixed-point number is given.
    fn sized(&self, one: WireType, two: WireType) -> Result<WireType, String> {
        match &self.address {
            Address::Each(all) if all.len() == 2 => Ok(two),
            Address::One(_) => Ok(one),
            Address::Each(all) if all.len() == 1 => Ok(one),
            Address::Each(all) => Err(format!("{} registers in one number", all.len())),
        }
    }
}

/// Points to blocks: neighbours of one kind and one byte order, at most one request long.
fn pack(mut places: Vec<Place>, left_out: &mut Vec<String>) -> Vec<Block> {
    places.sort_by_key(|place| (place.kind as u8, place.address));
    let mut blocks: Vec<Block> = Vec::new();
    for Place { kind, order, address, mut point } in places {
        let words = point.wire.words();
        let Some(end) = address.checked_add(words) else {
            left_out.push(format!("{}: runs past register 65535", point.name));
            continue;
        };
        let near = blocks.last_mut().filter(|block| {
            block.register == kind
                && (order.is_none() || block.byte_order.is_none() || block.byte_order == order)
                && address <= block.start + block.count + WORTHWHILE_GAP
                && end - block.start <= 125
        });
        if let Some(block) = near {
            point.offset = address - block.start;
            block.count = block.count.max(end - block.start);
            block.byte_order = block.byte_order.or(order);
            block.points.push(point);
        } else {
            let name = format!("registers_{address}");
            blocks.push(Block {
                name,
                register: kind,
                start: address,
                count: words,
                byte_order: order,
                points: Vec::from([point]),
            });
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn imported(text: &str) -> Imported {
        import(text).unwrap()
    }

    #[test]
    fn requests_become_blocks_and_what_cannot_be_read_is_named() {
        let text = r#"
            [[inputs.modbus]]
            name = "pot"
            controller = "tcp://localhost:502"
            [[inputs.modbus.request]]
            slave_id = 1
            byte_order = "CDAB"
            register = "holding"
            fields = [
              { address = 100, name = "voltage", type = "FLOAT32" },
              { address = 102, name = "spare", type = "UINT16", omit = true },
              { address = 103, name = "mode", type = "UINT16" },
              { address = 104, name = "energy", type = "UINT64" },
              { address = 300, name = "beam_position", type = "INT16", scale = 0.1 },
            ]
            [[inputs.modbus.request]]
            register = "coil"
            fields = [{ address = 3, name = "alarm" }]
        "#;
        let Imported { map, left_out } = imported(text);
        assert_eq!((map.name.as_str(), map.blocks.len()), ("pot", 2));
        let first = &map.blocks[0];
        assert_eq!((first.start, first.count, first.byte_order), (100, 4, Some(ByteOrder::Cdab)));
        let placed: Vec<_> = first.points.iter().map(|p| (p.name.as_str(), p.offset, p.wire)).collect();
        assert_eq!(placed, [("voltage", 0, WireType::F32), ("mode", 3, WireType::U16)]);
        assert_eq!(map.blocks[1].points[0].scale, 0.1);
        assert_eq!(left_out.len(), 2, "{left_out:?}");
        assert!(left_out[0].contains("UINT64") && left_out[1].contains("coil"));
        // What is left to do is said by the lint, not by a failure here.
        let codes: Vec<_> = map.lint().iter().map(|problem| problem.code).collect();
        assert!(codes.contains(&"missing") && codes.contains(&"unit"), "{codes:?}");
    }

    #[test]
    fn the_style_by_registers_counts_the_addresses_of_fixed_point_numbers() {
        let text = r#"
            [[inputs.modbus]]
            holding_registers = [
              { name = "current", byte_order = "ABCD", data_type = "FIXED", scale = 0.001, address = [1, 2] },
              { name = "old", byte_order = "ABCD", data_type = "FLOAT32", scale = 1.0, address = [3, 4] },
              { name = "true_float", byte_order = "DCBA", data_type = "FLOAT32-IEEE", address = [5, 6] },
              { name = "small", byte_order = "AB", data_type = "UFIXED", address = [7] },
            ]
            input_registers = [{ name = "level", byte_order = "BA", data_type = "INT16", address = [0] }]
        "#;
        let Imported { map, left_out } = imported(text);
        let found: Vec<_> = map.points().map(|(b, p)| (p.name.as_str(), p.wire, b.byte_order)).collect();
        let (abcd, dcba) = (Some(ByteOrder::Abcd), Some(ByteOrder::Dcba));
        let expected = [
            ("current", WireType::I32, abcd),
            ("old", WireType::U32, abcd),
            ("true_float", WireType::F32, dcba),
            ("small", WireType::U16, dcba),
        ];
        assert_eq!(found, expected);
        assert!(left_out[0].contains("level"), "{left_out:?}");
    }

    #[test]
    fn no_block_outgrows_a_request() {
        let fields: Vec<_> =
            (0..200).map(|k| format!("{{ address = {k}, name = \"r{k}\", type = \"INT16\" }}")).collect();
        let text = format!("[[inputs.modbus]]\n[[inputs.modbus.metric]]\nfields = [{}]", fields.join(","));
        let counts: Vec<_> = imported(&text).map.blocks.iter().map(|block| block.count).collect();
        assert_eq!(counts, [125, 75]);
    }

    #[test]
    fn a_file_of_something_else_is_refused() {
        assert!(import("[agent]\ninterval = \"1s\"").is_err());
        assert!(matches!(import("a = ["), Err(MapError::Syntax { line: 1, .. })));
    }
}
