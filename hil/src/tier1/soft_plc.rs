//! The soft PLC: awlsim in a process of its own, which runs `plc/pot.awl` behind pyModbusTCP. Its
//! terminal strip is a pipe, and so is its clock: it makes a cycle when it is told to.

use super::process::Peer;
use super::provision::{Tools, here};
use potline::image::{BeamDrive, CellId, Drive, FeederSet, Field, Mode};
use potline::plc::Layout;
use potline::plc::codec::{WireType, to_bits};
use std::net::SocketAddr;
use std::path::Path;

/// No bath temperature yet.
const NO_TEMPERATURE: u32 = 0x8000;

pub struct SoftPlc {
    peer: Peer,
    cell: CellId,
    asked: usize,
}

impl SoftPlc {
    /// Starts it with the pot program of this crate.
    pub fn start(tools: &Tools, layout: &Layout, cell: CellId) -> Result<Self, String> {
        Self::with_program(tools, layout, cell, &here("plc/pot.awl"))
    }

    pub fn with_program(tools: &Tools, layout: &Layout, cell: CellId, path: &Path) -> Result<Self, String> {
        let read = layout.reads.first().ok_or("the map reads nothing")?;
        let mut command = tools.script_without_assertions("awl_plc.py");
        command.arg(path);
        for number in [read.start, read.count, layout.write_start, layout.write_count] {
            command.arg(number.to_string());
        }
        Ok(Self { peer: Peer::start(&mut command)?, cell, asked: 0 })
    }

    pub fn address(&self) -> SocketAddr {
        self.peer.address()
    }

    /// Has it make `cycles` of `ms` each; it works while others are asked.
    pub fn begin(&mut self, cycles: u16, ms: u16, field: &Field) -> Result<(), String> {
        self.asked = usize::from(cycles);
        let mut record = cycles.to_be_bytes().to_vec();
        record.extend(strip(ms, field, self.cell));
        self.peer.send(&record).map_err(|e| format!("the soft PLC is gone: {e}"))
    }

    /// What its outputs were in each of these cycles.
    pub fn finish(&mut self) -> Result<Vec<Drive>, String> {
        let bytes = self.peer.take(2 * self.asked).map_err(|e| format!("the soft PLC is gone: {e}"))?;
        let (pairs, _) = bytes.as_chunks::<2>();
        pairs.iter().map(|&[feeders, beam]| drive(feeders, beam)).collect()
    }

    pub fn cycles(&mut self, cycles: u16, ms: u16, field: &Field) -> Result<Vec<Drive>, String> {
        self.begin(cycles, ms, field)?;
        self.finish()
    }
}

fn drive(feeders: u8, beam: u8) -> Result<Drive, String> {
    let beam = match beam {
        0 => BeamDrive::Hold,
        1 => BeamDrive::Up,
        2 => BeamDrive::Down,
        _ => return Err(format!("the soft PLC drives the beam both ways: {beam:#x}")),
    };
    Ok(Drive { feeders: FeederSet(feeders), beam })
}

/// Bytes 20 to 63 of the input image, as `plc/pot.awl` lists them. What no transducer could show is 0.
fn strip(ms: u16, field: &Field, cell: CellId) -> Vec<u8> {
    let bits = |wire, value: f64| to_bits(wire, value).unwrap_or_default();
    let temperature =
        field.bath_temperature.map_or(NO_TEMPERATURE, |kelvin| bits(WireType::I16, (kelvin - 273.15) * 10.0));
    let stamp = (field.time * 1e3).round() as u64 as u32;
    let mode: u16 = match field.mode {
        Mode::Off => 0,
        Mode::Manual => 1,
        Mode::Auto => 2,
        Mode::Tapping => 3,
        Mode::AnodeChange => 4,
        Mode::StartUp => 5,
    };
    let mut image = ms.to_be_bytes().to_vec();
    image.extend([0, 0]);
    image.extend(bits(WireType::F32, field.voltage).to_be_bytes());
    image.extend(bits(WireType::F32, field.current * 1e-3).to_be_bytes());
    image.extend((temperature as u16).to_be_bytes());
    image.extend(stamp.to_be_bytes());
    image.extend(bits(WireType::I32, field.beam_position * 1e5).to_be_bytes());
    image.extend(field.strokes.iter().flat_map(|strokes| strokes.to_be_bytes()));
    image.extend(mode.to_be_bytes());
    image.extend([u8::from(field.emergency_stop) | u8::from(field.hopper_low) << 1, 0]);
    image.extend(cell.0.to_be_bytes());
    image
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_terminal_strip_fills_its_bytes_of_the_image() {
        let field = Field { voltage: 4.0, beam_position: 0.1, mode: Mode::Tapping, ..Field::default() };
        let image = strip(100, &field, CellId(7));
        assert_eq!(image.len(), 44);
        // IW 20, ID 24, ID 38, IW 58, IW 62.
        assert_eq!((&image[..2], &image[4..8]), (&[0, 100][..], &[0x40, 0x80, 0, 0][..]));
        assert_eq!(
            (&image[18..22], &image[38..40], &image[42..]),
            (&[0, 0, 0x27, 0x10][..], &[0, 3][..], &[0, 7][..])
        );
    }
}
