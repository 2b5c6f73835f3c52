//! Progress for people: a bar on a terminal, a plain line every 10 % otherwise; and Ctrl-C.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Progress on stderr.
pub struct Progress {
    bar: Option<ProgressBar>,
    next: u64,
    what: &'static str,
}

impl Progress {
    pub fn new(what: &'static str) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(1_000);
            let style = ProgressStyle::with_template("{msg} {bar:40} {percent:>3} %  {elapsed} / eta {eta}");
            if let Ok(style) = style {
                bar.set_style(style);
            }
            bar.set_message(what);
            bar
        });
        Self { bar, next: 1, what }
    }

    /// `share` of the work is done \[1\].
    pub fn at(&mut self, share: f64) {
        match &self.bar {
            Some(bar) => bar.set_position((share * 1e3) as u64),
            None => {
                while share * 10.0 >= self.next as f64 {
                    eprintln!("{}: {} %", self.what, self.next * 10);
                    self.next += 1;
                }
            }
        }
    }

    pub fn done(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

/// A flag that Ctrl-C sets. A second Ctrl-C ends the process at once.
pub fn interrupt_flag() -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&flag);
    let (ready, installed) = std::sync::mpsc::channel();
    let watch = move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(async {
            let Ok(mut stop) = Stop::listen() else { return };
            let _ = ready.send(());
            while stop.heard().await {
                if set.swap(true, Ordering::Relaxed) {
                    std::process::exit(130);
                }
                eprintln!("\npotline: stopping; once more to stop at once");
            }
        });
    };
    // Without the watcher Ctrl-C still ends the process, only less politely. No work begins before it
    // listens, or the first moments would end without a hand-over.
    if std::thread::Builder::new().name("signals".into()).spawn(watch).is_ok() {
        let _ = installed.recv();
    }
    flag
}

/// What asks a process to stop: Ctrl-C, and SIGTERM from a service manager.
#[cfg(unix)]
struct Stop {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Stop {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn heard(&mut self) -> bool {
        tokio::select! {
            heard = self.interrupt.recv() => heard.is_some(),
            heard = self.terminate.recv() => heard.is_some(),
        }
    }
}

#[cfg(not(unix))]
struct Stop;

#[cfg(not(unix))]
impl Stop {
    fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn heard(&mut self) -> bool {
        tokio::signal::ctrl_c().await.is_ok()
    }
}
