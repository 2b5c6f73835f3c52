//! Requests of the application protocol V1.1b3, taken apart and carried out.
//!
//! The order of the checks is the specification's: function offered (exception 1), then lengths,
//! counts and values (3), then addresses (2), then the work itself (4).

use crate::plc::map::RegisterKind;
use std::prelude::rust_2024::*;

/// Most coils or inputs of one read.
const READ_BITS: u16 = 2_000;
/// Most coils of one write.
const WRITE_BITS: u16 = 1_968;
/// Most registers of one read.
const READ_WORDS: u16 = 125;
/// Most registers of one write.
const WRITE_WORDS: u16 = 123;
/// Most registers written by a read and write in one.
const EXCHANGE_WORDS: u16 = 121;

/// Why a request was refused, as a Modbus exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Refusal {
    /// Function not offered, or not to this client.
    Function = 1,
    /// Registers that are not there.
    Address = 2,
    /// A length, count or value that the protocol does not allow.
    Value = 3,
    /// The station could not do it.
    Failure = 4,
    /// No such unit behind this address.
    Unit = 11,
}

/// Kind of a bit table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BitKind {
    /// Bits that can be written.
    Coil,
    /// Bits that cannot.
    Input,
}

/// A well-formed request: every count is within the protocol's limits and fits its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request<'a> {
    /// Functions 1 and 2.
    ReadBits {
        /// Which table.
        kind: BitKind,
        /// First bit.
        start: u16,
        /// 1..=2000.
        count: u16,
    },
    /// Functions 3 and 4.
    ReadWords {
        /// Which table.
        kind: RegisterKind,
        /// First register.
        start: u16,
        /// 1..=125.
        count: u16,
    },
    /// Functions 5 and 15.
    WriteBits {
        /// First coil.
        start: u16,
        /// 1..=1968.
        count: u16,
        /// The bits, the first the lowest of the first byte.
        bytes: &'a [u8],
    },
    /// Functions 6 and 16.
    WriteWords {
        /// First register.
        start: u16,
        /// The registers, high byte first: 1..=123 of them.
        bytes: &'a [u8],
    },
    /// Function 22: `(register & and) | (or & !and)`.
    MaskWord {
        /// The register.
        address: u16,
        /// Bits that are kept.
        and: u16,
        /// Bits that are set where they are not kept.
        or: u16,
    },
    /// Function 23: writes, then reads.
    Exchange {
        /// First register read.
        start: u16,
        /// 1..=125.
        count: u16,
        /// First register written.
        write_start: u16,
        /// The registers, high byte first: 1..=121 of them.
        bytes: &'a [u8],
    },
}

/// The registers and bits behind a server, as one request sees them: nothing else happens meanwhile.
/// A table that has no bits, or no input registers, does not offer their functions either.
pub trait Table {
    /// Copies registers from `start` on.
    ///
    /// # Errors
    /// [`Refusal::Address`] when one of them is not there.
    fn read(&self, kind: RegisterKind, start: u16, out: &mut [u16]) -> Result<(), Refusal>;

    /// Stores holding registers, all or none.
    ///
    /// # Errors
    /// [`Refusal::Address`] when one of them is not there or cannot be written.
    fn write(&mut self, _start: u16, _values: &[u16]) -> Result<(), Refusal> {
        Err(Refusal::Address)
    }

    /// One bit.
    ///
    /// # Errors
    /// [`Refusal::Address`] when it is not there.
    fn bit(&self, _kind: BitKind, _address: u16) -> Result<bool, Refusal> {
        Err(Refusal::Address)
    }

    /// Stores one coil; called only when [`Table::bit`] knows all coils of the request.
    ///
    /// # Errors
    /// [`Refusal::Address`] when it is not there.
    fn set_bit(&mut self, _address: u16, _on: bool) -> Result<(), Refusal> {
        Err(Refusal::Address)
    }
}

/// Big-endian words from bytes.
fn words(bytes: &[u8]) -> impl Iterator<Item = u16> + '_ {
    bytes.as_chunks().0.iter().map(|pair: &[u8; 2]| u16::from_be_bytes(*pair))
}

/// The first `N` words and what follows them.
fn head<const N: usize>(bytes: &[u8]) -> Result<([u16; N], &[u8]), Refusal> {
    let (head, rest) = bytes.split_at_checked(2 * N).ok_or(Refusal::Value)?;
    let mut out = [0; N];
    for (word, value) in out.iter_mut().zip(words(head)) {
        *word = value;
    }
    Ok((out, rest))
}

/// A request that consists of `N` words and nothing else.
fn exactly<const N: usize>(bytes: &[u8]) -> Result<[u16; N], Refusal> {
    let (words, rest) = head(bytes)?;
    if rest.is_empty() { Ok(words) } else { Err(Refusal::Value) }
}

/// Data behind its byte count, which must be what the quantity asks for.
fn counted(bytes: &[u8], expected: usize) -> Result<&[u8], Refusal> {
    match bytes.split_first() {
        Some((&count, data)) if usize::from(count) == expected && data.len() == expected => Ok(data),
        _ => Err(Refusal::Value),
    }
}

fn within(count: u16, most: u16) -> Result<u16, Refusal> {
    if (1..=most).contains(&count) { Ok(count) } else { Err(Refusal::Value) }
}

impl<'a> Request<'a> {
    /// Functions that can be taken apart; a station offers some of them.
    pub const FUNCTIONS: [u8; 10] = [1, 2, 3, 4, 5, 6, 15, 16, 22, 23];

    /// Takes the data behind a function code apart.
    ///
    /// # Errors
    /// [`Refusal::Function`] for a code that is not among [`Request::FUNCTIONS`], [`Refusal::Value`]
    /// for data that the protocol does not allow.
    pub fn parse(function: u8, data: &'a [u8]) -> Result<Self, Refusal> {
        match function {
            1 | 2 => {
                let [start, count] = exactly(data)?;
                let kind = if function == 1 { BitKind::Coil } else { BitKind::Input };
                Ok(Self::ReadBits { kind, start, count: within(count, READ_BITS)? })
            }
            3 | 4 => {
                let [start, count] = exactly(data)?;
                let kind = if function == 3 { RegisterKind::Holding } else { RegisterKind::Input };
                Ok(Self::ReadWords { kind, start, count: within(count, READ_WORDS)? })
            }
            5 => {
                let [start, value] = exactly(data)?;
                let bytes: &[u8] = match value {
                    0xFF00 => &[1],
                    0x0000 => &[0],
                    _ => return Err(Refusal::Value),
                };
                Ok(Self::WriteBits { start, count: 1, bytes })
            }
            6 => {
                let [start, _] = exactly(data)?;
                Ok(Self::WriteWords { start, bytes: data.get(2..).unwrap_or_default() })
            }
            15 => {
                let ([start, count], rest) = head(data)?;
                let count = within(count, WRITE_BITS)?;
                Ok(Self::WriteBits { start, count, bytes: counted(rest, usize::from(count).div_ceil(8))? })
            }
            16 => {
                let ([start, count], rest) = head(data)?;
                let count = within(count, WRITE_WORDS)?;
                Ok(Self::WriteWords { start, bytes: counted(rest, 2 * usize::from(count))? })
            }
            22 => {
                let [address, and, or] = exactly(data)?;
                Ok(Self::MaskWord { address, and, or })
            }
            23 => {
                let ([start, count, write_start, write_count], rest) = head(data)?;
                let count = within(count, READ_WORDS)?;
                let bytes = counted(rest, 2 * usize::from(within(write_count, EXCHANGE_WORDS)?))?;
                Ok(Self::Exchange { start, count, write_start, bytes })
            }
            _ => Err(Refusal::Function),
        }
    }

    /// Registers or bits it reads: first and count.
    #[must_use]
    pub fn reads(&self) -> Option<(u16, u16)> {
        match *self {
            Self::ReadBits { start, count, .. }
            | Self::ReadWords { start, count, .. }
            | Self::Exchange { start, count, .. } => Some((start, count)),
            // What the mask keeps is not told to the client.
            Self::WriteBits { .. } | Self::WriteWords { .. } | Self::MaskWord { .. } => None,
        }
    }

    /// Registers or coils it writes: first and count.
    #[must_use]
    pub fn writes(&self) -> Option<(u16, u16)> {
        match *self {
            Self::ReadBits { .. } | Self::ReadWords { .. } => None,
            Self::WriteBits { start, count, .. } => Some((start, count)),
            Self::WriteWords { start, bytes } | Self::Exchange { write_start: start, bytes, .. } => {
                Some((start, (bytes.len() / 2) as u16))
            }
            Self::MaskWord { address, .. } => Some((address, 1)),
        }
    }

    /// Does it, and appends what follows the function code in the reply. An echo is not appended:
    /// the caller has the request.
    ///
    /// # Errors
    /// The exception to answer with; nothing was written then.
    pub fn carry_out(&self, table: &mut dyn Table, reply: &mut Vec<u8>) -> Result<(), Refusal> {
        match *self {
            Self::ReadBits { kind, start, count } => read_bits(table, kind, start, count, reply),
            Self::ReadWords { kind, start, count } => read_words(table, kind, start, count, reply),
            Self::WriteBits { start, count, bytes } => {
                let last = start.checked_add(count - 1).ok_or(Refusal::Address)?;
                // A request that runs out of the table changes nothing.
                (start..=last).try_for_each(|address| table.bit(BitKind::Coil, address).map(drop))?;
                for (address, index) in (start..=last).zip(0_usize..) {
                    let on = bytes.get(index / 8).is_some_and(|byte| byte >> (index % 8) & 1 == 1);
                    table.set_bit(address, on)?;
                }
                Ok(())
            }
            Self::WriteWords { start, bytes } => write_words(table, start, bytes),
            Self::MaskWord { address, and, or } => {
                let mut word = [0];
                table.read(RegisterKind::Holding, address, &mut word)?;
                table.write(address, &word.map(|word| (word & and) | (or & !and)))
            }
            Self::Exchange { start, count, write_start, bytes } => {
                // Both ranges are looked at before anything is written.
                let mut unused = [0; READ_WORDS as usize];
                let out = unused.get_mut(..usize::from(count)).ok_or(Refusal::Value)?;
                table.read(RegisterKind::Holding, start, out)?;
                write_words(table, write_start, bytes)?;
                read_words(table, RegisterKind::Holding, start, count, reply)
            }
        }
    }
}

fn read_bits(
    table: &dyn Table,
    kind: BitKind,
    start: u16,
    count: u16,
    reply: &mut Vec<u8>,
) -> Result<(), Refusal> {
    let mut packed = [0_u8; READ_BITS as usize / 8];
    let last = start.checked_add(count - 1).ok_or(Refusal::Address)?;
    for (address, index) in (start..=last).zip(0_usize..) {
        let on = table.bit(kind, address)?;
        if let Some(byte) = packed.get_mut(index / 8) {
            *byte |= u8::from(on) << (index % 8);
        }
    }
    let size = usize::from(count).div_ceil(8);
    reply.push(size as u8);
    reply.extend(packed.iter().take(size));
    Ok(())
}

fn read_words(
    table: &dyn Table,
    kind: RegisterKind,
    start: u16,
    count: u16,
    reply: &mut Vec<u8>,
) -> Result<(), Refusal> {
    let mut words = [0; READ_WORDS as usize];
    let out = words.get_mut(..usize::from(count)).ok_or(Refusal::Value)?;
    table.read(kind, start, out)?;
    reply.push(2 * count as u8);
    reply.extend(out.iter().flat_map(|word| word.to_be_bytes()));
    Ok(())
}

fn write_words(table: &mut dyn Table, start: u16, bytes: &[u8]) -> Result<(), Refusal> {
    let mut values = [0; WRITE_WORDS as usize];
    let mut count = 0;
    for (value, word) in values.iter_mut().zip(words(bytes)) {
        *value = word;
        count += 1;
    }
    table.write(start, values.get(..count).ok_or(Refusal::Value)?)
}
