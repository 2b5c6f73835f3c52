//! A Modbus TCP master of the plainest kind, for what the driver rightly refuses to do: writing wrong
//! blocks, and playing the field behind a server that is not ours.

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

pub struct Master(TcpStream);

impl Master {
    pub fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        Ok(Self(stream))
    }

    /// Holding registers.
    pub fn read(&mut self, start: u16, count: u16) -> Result<Vec<u16>> {
        let data = self.call(3, &[start, count], &[])?;
        let (words, _) = data.get(1..).unwrap_or_default().as_chunks::<2>();
        Ok(words.iter().map(|pair| u16::from_be_bytes(*pair)).collect())
    }

    pub fn write(&mut self, start: u16, words: &[u16]) -> Result<()> {
        let mut data = vec![2 * words.len() as u8];
        data.extend(words.iter().flat_map(|word| word.to_be_bytes()));
        self.call(16, &[start, words.len() as u16], &data).map(drop)
    }

    /// Coils.
    pub fn coils(&mut self, start: u16, count: u16) -> Result<Vec<bool>> {
        let data = self.call(1, &[start, count], &[])?;
        let bytes = data.get(1..).unwrap_or_default();
        Ok((0..usize::from(count))
            .map(|bit| bytes.get(bit / 8).is_some_and(|b| b >> (bit % 8) & 1 == 1))
            .collect())
    }

    pub fn set_coil(&mut self, address: u16, on: bool) -> Result<()> {
        self.call(5, &[address, if on { 0xFF00 } else { 0 }], &[]).map(drop)
    }

    /// The data of the reply; an exception is an error.
    fn call(&mut self, function: u8, head: &[u16], data: &[u8]) -> Result<Vec<u8>> {
        let length = (2 + 2 * head.len() + data.len()) as u8;
        let mut frame = vec![0, 1, 0, 0, 0, length, 1, function];
        frame.extend(head.iter().flat_map(|word| word.to_be_bytes()));
        frame.extend(data);
        self.0.write_all(&frame)?;
        let mut header = [0; 8];
        self.0.read_exact(&mut header)?;
        let mut reply = vec![0; usize::from(header[5]).saturating_sub(2)];
        self.0.read_exact(&mut reply)?;
        if header[7] == function {
            Ok(reply)
        } else {
            Err(Error::new(ErrorKind::InvalidData, format!("exception {reply:?} to function {function}")))
        }
    }
}
