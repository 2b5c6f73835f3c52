//! Peers are processes of their own: started, asked for their port, and never left behind.

use super::provision::here;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A running peer; it ends when this is dropped.
pub struct Peer {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    address: SocketAddr,
}

impl Peer {
    /// Starts a server that prints the port it took on loopback.
    pub fn start(command: &mut Command) -> Result<Self, String> {
        let name = format!("{command:?}");
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log())
            .spawn()
            .map_err(|e| format!("{name}: cannot be started: {e}"))?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(format!("{name}: no pipes"));
        };
        let mut stdout = BufReader::new(stdout);
        let mut line = String::new();
        let read = stdout.read_line(&mut line);
        let port: Option<u16> = read.ok().and_then(|_| line.trim().parse().ok());
        let address = SocketAddr::from(([127, 0, 0, 1], port.unwrap_or_default()));
        let peer = Self { child, stdin, stdout, address };
        if port.is_some() {
            Ok(peer)
        } else {
            Err(format!("{name}: said no port, but {line:?}; see target/hil-peers.log"))
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sends a record to its standard input.
    pub fn send(&mut self, record: &[u8]) -> std::io::Result<()> {
        self.stdin.write_all(record)?;
        self.stdin.flush()
    }

    /// Takes bytes off its standard output.
    pub fn take(&mut self, count: usize) -> std::io::Result<Vec<u8>> {
        let mut bytes = vec![0; count];
        self.stdout.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

/// What peers complain about while they are fuzzed and misused would bury the steps: it goes to a file.
fn log() -> Stdio {
    let path = here("../target/hil-peers.log");
    let file = std::fs::File::options().create(true).append(true).open(path);
    file.map_or_else(|_| Stdio::null(), Stdio::from)
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a peer to its end and returns the last line of its output.
pub fn last_line(command: &mut Command) -> Result<String, String> {
    let name = format!("{command:?}");
    let output = command.output().map_err(|e| format!("{name}: cannot be started: {e}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    match text.lines().last() {
        Some(line) if output.status.success() => Ok(line.to_owned()),
        _ => Err(format!("{name}: {}; {text}{}", output.status, String::from_utf8_lossy(&output.stderr))),
    }
}
