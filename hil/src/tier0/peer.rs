//! A peer that plays a script: it answers properly until it is told to be wicked.

use potline::image::{Mode, StatusBits};
use potline::plc::{Layout, MAX_WORDS, Snapshot};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;

/// What every wicked reply shows for the cell voltage \[V\], and every honest one.
pub const FALSE_V: f64 = 13.0;
pub const TRUE_V: f64 = 4.0;

/// One act of an answer.
#[derive(Debug, Clone)]
pub enum Act {
    Wait(Duration),
    Send(Vec<u8>),
    Close,
}

/// The answer to a request, given the proper one (which shows the false voltage) and an honest one, in the
/// wicked peer's nth exchange.
pub type Play = fn(exchange: usize, request: &[u8], wicked: Vec<u8>, honest: Vec<u8>) -> Vec<Act>;

#[derive(Debug)]
struct Stage {
    layout: Layout,
    play: Play,
    greeting: Vec<u8>,
    wicked: AtomicBool,
    scan: AtomicUsize,
    exchanges: AtomicUsize,
    /// When the last act of a wicked answer was over.
    acted: Mutex<Option<Instant>>,
}

#[derive(Debug)]
pub struct Peer {
    pub address: SocketAddr,
    stage: Arc<Stage>,
    listener: tokio::task::JoinHandle<()>,
}

impl Peer {
    /// `greets`: every wicked connection begins with a reply nobody asked for.
    pub fn start(runtime: &Handle, layout: &Layout, play: Play, greets: bool) -> std::io::Result<Self> {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let request = [0, 0, 0, 0, 0, 6, 1, 3, 0, 0, 0, layout.read_words() as u8];
        let stage = Arc::new(Stage {
            layout: layout.clone(),
            play,
            greeting: if greets { answer(layout, &request, 1, FALSE_V) } else { Vec::new() },
            wicked: AtomicBool::new(false),
            scan: AtomicUsize::new(0),
            exchanges: AtomicUsize::new(0),
            acted: Mutex::new(None),
        });
        let inside = Arc::clone(&stage);
        let listener = runtime.spawn(async move {
            let Ok(listener) = TcpListener::from_std(listener) else { return };
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let stage = Arc::clone(&inside);
                connections.spawn(async move {
                    // A client that goes away is no error.
                    let _ = serve(stream, &stage).await;
                });
            }
        });
        Ok(Self { address, stage, listener })
    }

    pub fn wicked(&self, wicked: bool) {
        self.stage.exchanges.store(0, Ordering::SeqCst);
        self.stage.wicked.store(wicked, Ordering::SeqCst);
    }

    /// When the last wicked answer was complete.
    pub fn acted(&self) -> Option<Instant> {
        *self.stage.acted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

async fn serve(mut stream: TcpStream, stage: &Stage) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    if stage.wicked.load(Ordering::SeqCst) && !stage.greeting.is_empty() {
        stream.write_all(&stage.greeting).await?;
    }
    loop {
        let mut request = vec![0; 6];
        stream.read_exact(&mut request).await?;
        let length = usize::from(u16::from_be_bytes([request[4], request[5]]));
        request.resize(6 + length.clamp(2, 254), 0);
        stream.read_exact(&mut request[6..]).await?;
        // The PLC's scan counter, ten to a second.
        let scan = stage.scan.fetch_add(10, Ordering::SeqCst) as u16;
        let honest = answer(&stage.layout, &request, scan, TRUE_V);
        if !stage.wicked.load(Ordering::SeqCst) {
            stream.write_all(&honest).await?;
            continue;
        }
        let exchange = stage.exchanges.fetch_add(1, Ordering::SeqCst);
        let wicked = answer(&stage.layout, &request, scan, FALSE_V);
        for act in (stage.play)(exchange, &request, wicked, honest) {
            match act {
                Act::Wait(duration) => tokio::time::sleep(duration).await,
                Act::Send(bytes) => {
                    // Noted before the bytes leave: the client may be quicker than this task.
                    *stage.acted.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
                    stream.write_all(&bytes).await?;
                }
                Act::Close => return Ok(()),
            }
        }
    }
}

/// A proper answer to a read of the status block, or to a write.
fn answer(layout: &Layout, request: &[u8], scan: u16, voltage: f64) -> Vec<u8> {
    let mut pdu = vec![request[6], request[7]];
    if request[7] == 3 {
        let shown = Snapshot {
            scan,
            heartbeat: scan,
            map_version: layout.plc_version,
            stamp_ms: u32::from(scan) * 100,
            mode: Some(Mode::Auto),
            status: StatusBits::REMOTE,
            voltage,
            current: 500e3,
            ..Snapshot::default()
        };
        let mut words = [0; MAX_WORDS];
        layout.publish(&mut words, &shown);
        let count = layout.read_words();
        pdu.push((2 * count) as u8);
        pdu.extend(words[..count].iter().flat_map(|word| word.to_be_bytes()));
    } else {
        pdu.extend(request.iter().skip(8).take(4));
    }
    frame(&request[..2], &pdu)
}

/// Header and PDU, whose first byte is the unit id.
pub fn frame(transaction: &[u8], pdu: &[u8]) -> Vec<u8> {
    let mut frame = transaction.to_vec();
    frame.extend([0, 0]);
    frame.extend((pdu.len() as u16).to_be_bytes());
    frame.extend(pdu);
    frame
}

/// A read reply with so many registers more or fewer, in a sound frame.
pub fn resized(reply: &[u8], extra: isize) -> Vec<u8> {
    let mut pdu = reply[6..].to_vec();
    let size = pdu.len().saturating_add_signed(2 * extra);
    pdu.resize(size, 0);
    pdu[2] = (size - 3) as u8;
    frame(&reply[..2], &pdu)
}
