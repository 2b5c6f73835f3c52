//! One exchange: request, reply, and every check of it.

use super::{Answer, Connection, Gateway, Task};
use crate::plc::fault::Fault;
use crate::plc::layout::{MAX_WORDS, Words};
use crate::plc::map::RegisterKind;
use crate::plc::plan::Span;
use crate::plc::transport::Found;
use std::borrow::Cow;
use std::io::{Error, ErrorKind};
use std::pin::pin;
use std::prelude::rust_2024::*;
use tokio::time::Instant;
use tokio_modbus::client::Client;
use tokio_modbus::slave::SlaveContext;
use tokio_modbus::{ExceptionCode, ProtocolError, Request, Response, Slave};

type Called = Result<Result<Response, ExceptionCode>, tokio_modbus::Error>;

impl Gateway {
    /// Does the next job of unit `index`, all its requests. `Err` when the connection has ended; the job
    /// is then still in hand.
    pub(super) async fn exchange(&mut self, index: usize, connection: &mut Connection) -> Result<(), Fault> {
        self.turn = index;
        let Some(unit) = self.units.get_mut(index) else { return Ok(()) };
        let (slave, layout) = (unit.slave, std::sync::Arc::clone(&unit.layout));
        let Some(job) = unit.take() else { return Ok(()) };
        // The words are copied: the unit must stay free to learn from late replies meanwhile.
        let written = match &job.task {
            Task::Read => None,
            Task::Write(words) => Some(*words),
        };
        connection.context.set_slave(Slave(slave));
        let answer = match written {
            Some(words) => {
                let span = layout.writes();
                let used = words.get(..usize::from(span.count)).unwrap_or_default();
                let request = Request::WriteMultipleRegisters(span.start, Cow::Borrowed(used));
                Answer::Written(
                    self.request(index, connection, (request, |reply| echoes(span, &reply))).await?,
                )
            }
            None => {
                let mut image = Ok([0; MAX_WORDS]);
                for span in &layout.reads {
                    let request = match span.kind {
                        RegisterKind::Holding => Request::ReadHoldingRegisters(span.start, span.count),
                        RegisterKind::Input => Request::ReadInputRegisters(span.start, span.count),
                    };
                    let Ok(words) = &mut image else { break };
                    let take = |reply| place(span, reply, words);
                    if let Err(fault) = self.request(index, connection, (request, take)).await? {
                        image = Err(fault);
                    }
                }
                Answer::Read(image)
            }
        };
        if let Some(unit) = self.units.get_mut(index) {
            unit.finish(answer);
        }
        Ok(())
    }

    /// One request, and what `take` makes of the reply. The outer `Err` when the connection has ended.
    async fn request(
        &mut self,
        index: usize,
        connection: &mut Connection,
        (request, take): (Request<'_>, impl FnOnce(Response) -> Result<(), Fault>),
    ) -> Result<Result<(), Fault>, Fault> {
        let started = Instant::now();
        let (called, heard, strangers) = self.call(index, connection, request).await;
        let found = connection.line.found();
        let heard = heard || found.heard;
        let strangers = strangers + found.counts.foreign_transaction + found.counts.foreign_unit;
        let (checksum, named) = (found.checksum, found.counts.protocol_id + found.counts.frame_length > 0);
        self.credit(found, Some(index));
        let answer = match called {
            None if strangers > 0 => Err(Fault::Header),
            None => Err(Fault::Timeout),
            Some(called) => judge(called).map_err(|fault| match fault {
                Fault::Garbage if checksum => Fault::Checksum,
                fault => fault,
            }),
        };
        let answer = answer.and_then(take);
        let fault = answer.err();
        let Some(unit) = self.units.get_mut(index) else { return Ok(answer) };
        unit.count(started.elapsed(), fault.map(|fault| (fault, named)));
        connection.silent_since = if heard { None } else { connection.silent_since.or(Some(started)) };
        // Had the peer been merely slow, a late reply would have come by now: twice the ceiling, so
        // that one beyond the ceiling is still heard, and called slow.
        let dead = connection.silent_since.is_some_and(|time| time.elapsed() >= 2 * unit.patience.ceiling());
        if let Some(fault) = fault {
            if fault.is_fatal() || dead {
                return Err(fault);
            }
            if !matches!(fault, Fault::Exception(_)) {
                if !connection.line.give_up() {
                    return Err(fault);
                }
                connection.renew();
            }
        } else {
            self.backoff.reset();
        }
        Ok(answer)
    }

    /// Calls, and waits as long as the unit deserves: a late reply to an earlier request shows that it
    /// is slow, not dead, and lengthens the wait. `None` when the wait ended first.
    async fn call(
        &mut self,
        index: usize,
        connection: &mut Connection,
        request: Request<'_>,
    ) -> (Option<Called>, bool, u64) {
        let started = Instant::now();
        let (mut heard, mut strangers) = (false, 0);
        let mut call = pin!(connection.context.call(request));
        loop {
            let Some(limit) = self.units.get(index).map(|unit| unit.patience.limit()) else {
                return (None, heard, strangers);
            };
            if let Some(called) = connection.alarm.limit(started + limit, call.as_mut()).await {
                return (Some(called), heard, strangers);
            }
            let found = connection.line.found();
            heard |= found.heard;
            strangers += found.counts.foreign_transaction + found.counts.foreign_unit;
            self.credit(found, Some(index));
            let limit = self.units.get(index).map(|unit| unit.patience.limit());
            if limit.is_none_or(|limit| limit <= started.elapsed()) {
                return (None, heard, strangers);
            }
        }
    }

    /// Gives what the line saw to whom it belongs; what belongs to nobody to the unit served last.
    pub(super) fn credit(&mut self, found: Found, index: Option<usize>) {
        for (slave, time) in found.late {
            if let Some(unit) = self.units.iter_mut().find(|unit| unit.slave == slave) {
                unit.late(time);
            }
        }
        if found.counts != Default::default()
            && let Some(unit) = self.units.get(index.unwrap_or(self.turn))
        {
            unit.absorb(&found.counts);
        }
    }
}

fn judge(called: Called) -> Result<Response, Fault> {
    match called {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(exception)) => Err(Fault::Exception(exception.into())),
        Err(tokio_modbus::Error::Protocol(ProtocolError::HeaderMismatch { .. })) => Err(Fault::Header),
        Err(tokio_modbus::Error::Protocol(ProtocolError::FunctionCodeMismatch { .. })) => {
            Err(Fault::Function)
        }
        Err(tokio_modbus::Error::Transport(error)) => Err(fault_of(&error)),
    }
}

/// What an error of the stream means. The decoder reports a frame whose inside does not add up as an
/// unexpected end; the end of the stream itself comes from the line as a reset.
pub(super) fn fault_of(error: &Error) -> Fault {
    // A PLC that does not want our certificate says so after the handshake has ended for us.
    #[cfg(feature = "tls")]
    if let Some(distrust) = crate::plc::tls::distrust(error) {
        return Fault::Secure(distrust);
    }
    match error.kind() {
        ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::Other | ErrorKind::UnexpectedEof => {
            Fault::Garbage
        }
        kind => Fault::Transport(kind),
    }
}

/// Puts the registers of a reply where they belong. The typed helpers of the library check lengths and
/// echoes in debug builds only, and then by a panic; so the response is taken raw and checked here.
fn place(span: &Span, reply: Response, words: &mut Words) -> Result<(), Fault> {
    let (Response::ReadHoldingRegisters(values) | Response::ReadInputRegisters(values)) = reply else {
        return Err(Fault::Function);
    };
    let at = usize::from(span.at);
    match words.get_mut(at..at + values.len()) {
        Some(target) if values.len() == usize::from(span.count) => {
            target.copy_from_slice(&values);
            Ok(())
        }
        _ => Err(Fault::Length { asked: span.count, got: values.len() }),
    }
}

/// The echo of a write names the registers written.
fn echoes(span: Span, reply: &Response) -> Result<(), Fault> {
    match *reply {
        Response::WriteMultipleRegisters(start, count) if (start, count) == (span.start, span.count) => {
            Ok(())
        }
        Response::WriteMultipleRegisters(..) => Err(Fault::Echo),
        _ => Err(Fault::Function),
    }
}
