//! Goes where an address says.

use super::Address;
use super::line::Line;
use crate::plc::error::LinkError;
use crate::plc::fault::Fault;
use crate::plc::settings::LinkSettings;
use std::io::{Error, ErrorKind};
use std::prelude::rust_2024::*;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// What a connection needs besides the address.
#[derive(Debug, Clone, Default)]
pub(in crate::plc) struct Means {
    /// Our certificate, and whom we trust.
    #[cfg(feature = "tls")]
    pub tls: Option<crate::plc::tls::Client>,
}

impl Means {
    /// Reads the files that the address needs.
    pub(in crate::plc) fn new(address: &Address, settings: &LinkSettings) -> Result<Self, LinkError> {
        #[cfg(feature = "tls")]
        if let Address::Tls(host_port) = address {
            let client = crate::plc::tls::Client::new(host_port, settings.tls.as_ref());
            return client.map(|client| Self { tls: Some(client) }).map_err(LinkError::Settings);
        }
        let _ = (address, settings);
        Ok(Self::default())
    }
}

/// Opens a connection within `limit`. `id`: where its transaction ids begin.
pub(in crate::plc) async fn open(
    address: &Address,
    means: &Means,
    id: u16,
    limit: Duration,
) -> Result<Line, Fault> {
    match address {
        Address::Tcp(host_port) => Ok(Line::mbap(tcp(host_port, limit).await?, id)),
        Address::RtuTcp { host_port, .. } => Ok(Line::rtu(tcp(host_port, limit).await?, address.timing())),
        #[cfg(feature = "rtu")]
        Address::Rtu(serial) => Ok(Line::rtu(port(serial)?, address.timing())),
        #[cfg(feature = "tls")]
        Address::Tls(host_port) => {
            let Some(client) = &means.tls else { return Err(Fault::Connect(ErrorKind::Unsupported)) };
            let stream = tcp(host_port, limit).await?;
            Ok(Line::mbap(client.secure(stream, limit).await?, id))
        }
        // Refused with the settings; see `Address::missing`.
        #[cfg(not(all(feature = "rtu", feature = "tls")))]
        _ => {
            let _ = means;
            Err(Fault::Connect(ErrorKind::Unsupported))
        }
    }
}

fn fault(error: Error) -> Fault {
    Fault::Connect(error.kind())
}

async fn tcp(host_port: &str, limit: Duration) -> Result<TcpStream, Fault> {
    let stream = timeout(limit, TcpStream::connect(host_port))
        .await
        .map_err(|_| Fault::Connect(ErrorKind::TimedOut))?
        .map_err(fault)?;
    stream.set_nodelay(true).map_err(fault)?;
    // Finds a peer that vanished without a word while the service is paused.
    let keepalive = socket2::TcpKeepalive::new().with_time(Duration::from_secs(10));
    socket2::SockRef::from(&stream).set_tcp_keepalive(&keepalive).map_err(fault)?;
    Ok(stream)
}

#[cfg(feature = "rtu")]
fn port(serial: &super::Serial) -> Result<serial2_tokio::SerialPort, Fault> {
    use super::Parity;
    use serial2_tokio::{CharSize, FlowControl, SerialPort, Settings, StopBits};
    let set = |mut settings: Settings| {
        settings.set_raw();
        settings.set_baud_rate(serial.baud)?;
        settings.set_char_size(CharSize::Bits8);
        settings.set_flow_control(FlowControl::None);
        settings.set_stop_bits(if serial.stop_bits == 2 { StopBits::Two } else { StopBits::One });
        settings.set_parity(match serial.parity {
            Parity::None => serial2_tokio::Parity::None,
            Parity::Even => serial2_tokio::Parity::Even,
            Parity::Odd => serial2_tokio::Parity::Odd,
        });
        Ok(settings)
    };
    SerialPort::open(&serial.path, set).map_err(fault)
}
