//! How a PLC is reached.

use super::rtu::Timing;
use std::format;
use std::prelude::rust_2024::*;
use std::time::Duration;

/// Where a PLC, or the gateway before it, is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// `tcp://host:port`: Modbus TCP.
    Tcp(String),
    /// `tls://host:port`: Modbus/TCP Security, certificates on both sides.
    Tls(String),
    /// `rtu+tcp://host:port?baud=9600`: serial frames through a converter; with the speed of the line
    /// behind it, its time on the wire is allowed for.
    RtuTcp {
        /// Host and port of the converter.
        host_port: String,
        /// Speed of the line behind it \[Bd\].
        baud: Option<u32>,
    },
    /// `rtu:///dev/ttyS0?baud=19200&parity=even`: a serial line.
    Rtu(Serial),
}

/// A serial line. The defaults are those of the specification: 19 200 Bd, even parity, 8 data bits; one
/// stop bit, or two without parity, so that a character always has 11 bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Serial {
    /// Device file, or the name of the port.
    pub path: String,
    /// Speed \[Bd\], 300–921 600.
    pub baud: u32,
    /// Parity.
    pub parity: Parity,
    /// Stop bits, 1 or 2.
    pub stop_bits: u8,
}

/// Parity of a serial line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parity {
    /// No parity bit.
    None,
    /// Even.
    Even,
    /// Odd.
    Odd,
}

/// Bits of one character: start, 8 data, parity or second stop, stop.
const CHARACTER_BITS: f64 = 11.0;
const EXPECTED: &str = "expected \"tcp://host:port\", \"tls://host:port\", \"rtu+tcp://host:port\" or \
                        \"rtu:///dev/ttyS0?baud=19200&parity=even\"";

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("\"{text}\": {EXPECTED}");
        let (scheme, rest) = text.split_once("://").ok_or_else(wrong)?;
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let options: Vec<(&str, &str)> = query
            .split('&')
            .filter(|part| !part.is_empty())
            .map(|part| part.split_once('=').unwrap_or((part, "")))
            .collect();
        let known: &[&str] = match scheme {
            "rtu" => &["baud", "parity", "stop_bits"],
            "rtu+tcp" => &["baud"],
            _ => &[],
        };
        if let Some((name, _)) = options.iter().find(|(name, _)| !known.contains(name)) {
            return Err(format!("\"{text}\": unknown option \"{name}\", known here: {}", known.join(", ")));
        }
        let option = |name: &str| options.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
        let baud = match option("baud") {
            None => None,
            Some(value) => match value.parse::<u32>() {
                Ok(baud @ 300..=921_600) => Some(baud),
                _ => return Err(format!("\"{text}\": baud \"{value}\" is not a number from 300 to 921600")),
            },
        };
        match scheme {
            "tcp" => Ok(Self::Tcp(host_port(place).ok_or_else(wrong)?)),
            "tls" => Ok(Self::Tls(host_port(place).ok_or_else(wrong)?)),
            "rtu+tcp" => Ok(Self::RtuTcp { host_port: host_port(place).ok_or_else(wrong)?, baud }),
            "rtu" if !place.is_empty() => {
                let parity = match option("parity") {
                    None | Some("even") => Parity::Even,
                    Some("odd") => Parity::Odd,
                    Some("none") => Parity::None,
                    Some(other) => {
                        return Err(format!("\"{text}\": parity \"{other}\" is not even, odd or none"));
                    }
                };
                let stop_bits = match option("stop_bits") {
                    None => 1 + u8::from(parity == Parity::None),
                    Some("1") => 1,
                    Some("2") => 2,
                    Some(other) => return Err(format!("\"{text}\": stop_bits \"{other}\" is not 1 or 2")),
                };
                Ok(Self::Rtu(Serial { path: place.into(), baud: baud.unwrap_or(19_200), parity, stop_bits }))
            }
            _ => Err(wrong()),
        }
    }

    /// Speed of the serial line on the way, if there is one \[Bd\].
    fn baud(&self) -> Option<u32> {
        match self {
            Self::Tcp(_) | Self::Tls(_) => None,
            Self::RtuTcp { baud, .. } => *baud,
            Self::Rtu(serial) => Some(serial.baud),
        }
    }

    fn character(&self) -> Duration {
        self.baud().map_or(Duration::ZERO, |baud| Duration::from_secs_f64(CHARACTER_BITS / f64::from(baud)))
    }

    /// Time that an exchange of so many bytes, there and back, spends on a serial line.
    pub(in crate::plc) fn wire_time(&self, bytes: usize) -> Duration {
        self.character() * u32::try_from(bytes).unwrap_or(u32::MAX)
    }

    /// Silences to keep.
    pub(super) fn timing(&self) -> Timing {
        Timing::new(self.character())
    }

    /// Why this build cannot go there.
    pub(in crate::plc) fn missing(&self) -> Option<&'static str> {
        match self {
            Self::Rtu(_) if cfg!(not(feature = "rtu")) => Some("serial lines need the feature `rtu`"),
            Self::Tls(_) if cfg!(not(feature = "tls")) => Some("secure connections need the feature `tls`"),
            _ => None,
        }
    }
}

fn host_port(place: &str) -> Option<String> {
    let (host, port) = place.rsplit_once(':')?;
    (!host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0)).then(|| place.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scheme_is_read() {
        assert_eq!(Address::parse("tcp://plc-7:502"), Ok(Address::Tcp("plc-7:502".into())));
        assert_eq!(Address::parse("tls://[::1]:802"), Ok(Address::Tls("[::1]:802".into())));
        let converter = Address::parse("rtu+tcp://10.0.0.1:4001?baud=9600").unwrap();
        // 213 characters of 11 bits at 9600 Bd.
        assert_eq!(converter.wire_time(213).as_millis(), 244);
        let serial = Serial { path: "/dev/ttyS0".into(), baud: 9_600, parity: Parity::None, stop_bits: 2 };
        assert_eq!(Address::parse("rtu:///dev/ttyS0?baud=9600&parity=none"), Ok(Address::Rtu(serial)));
        let plain = Serial { path: "COM3".into(), baud: 19_200, parity: Parity::Even, stop_bits: 1 };
        assert_eq!(Address::parse("rtu://COM3"), Ok(Address::Rtu(plain)));
        assert_eq!(Address::parse("tcp://a:1").unwrap().wire_time(1_000), Duration::ZERO);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, part) in [
            ("127.0.0.1", "tcp://host:port"),
            ("tcp://host", "tcp://host:port"),
            ("tcp://host:0", "tcp://host:port"),
            ("udp://host:1", "tcp://host:port"),
            ("rtu://", "rtu:///dev"),
            ("tcp://host:1?baud=9600", "unknown option \"baud\""),
            ("rtu:///dev/x?speed=1", "baud, parity, stop_bits"),
            ("rtu:///dev/x?baud=1", "300 to 921600"),
            ("rtu:///dev/x?parity=mark", "even, odd or none"),
            ("rtu:///dev/x?stop_bits=3", "1 or 2"),
        ] {
            let message = Address::parse(text).unwrap_err();
            assert!(message.contains(part), "{message}");
        }
    }
}
