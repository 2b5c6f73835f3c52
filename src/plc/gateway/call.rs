//! One exchange: request, reply, and every check of it.

use super::{Answer, Connection, Gateway, Task};
use crate::plc::fault::Fault;
use crate::plc::layout::{Layout, MAX_WORDS, Words};
use crate::plc::map::RegisterKind;
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
    /// Does the next job of unit `index`. `Err` when the connection has ended; the job is then still
    /// in hand.
    pub(super) async fn exchange(&mut self, index: usize, connection: &mut Connection) -> Result<(), Fault> {
        self.turn = index;
        let Some(unit) = self.units.get_mut(index) else { return Ok(()) };
        let (slave, layout) = (unit.slave, std::sync::Arc::clone(&unit.layout));
        let Some(job) = unit.take() else { return Ok(()) };
        // The words are copied: the unit must stay free to learn from late replies meanwhile.
        let words = match &job.task {
            Task::Read => None,
            Task::Write(words) => Some(**words),
        };
        let started = Instant::now();
        connection.context.set_slave(Slave(slave));
        let (called, heard, strangers) = self.call(index, connection, request(&layout, words.as_ref())).await;
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
        let answer = answer.and_then(|response| checked(&layout, words.is_some(), response));
        let Some(unit) = self.units.get_mut(index) else { return Ok(()) };
        let fault = answer.as_ref().err().copied();
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
                connection.owing = true;
                if !connection.line.give_up() {
                    return Err(fault);
                }
                connection.renew();
            }
        } else {
            self.backoff.reset();
        }
        unit.finish(match (answer, words) {
            (Ok(words), None) => Answer::Read(Ok(words)),
            (Err(fault), None) => Answer::Read(Err(fault)),
            (result, Some(_)) => Answer::Written(result.map(drop)),
        });
        Ok(())
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

fn request<'a>(layout: &Layout, words: Option<&'a Words>) -> Request<'a> {
    match (words, layout.read_kind) {
        (Some(words), _) => {
            let used = words.get(..usize::from(layout.write_count)).unwrap_or_default();
            Request::WriteMultipleRegisters(layout.write_start, Cow::Borrowed(used))
        }
        (None, RegisterKind::Holding) => Request::ReadHoldingRegisters(layout.read_start, layout.read_count),
        (None, RegisterKind::Input) => Request::ReadInputRegisters(layout.read_start, layout.read_count),
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

/// The typed helpers of the library check lengths and echoes in debug builds only, and then by a panic;
/// so the response is taken raw and checked here. Words of a write are zeros.
fn checked(layout: &Layout, writing: bool, response: Response) -> Result<Words, Fault> {
    let mut words: Words = [0; MAX_WORDS];
    match response {
        Response::ReadHoldingRegisters(values) | Response::ReadInputRegisters(values) if !writing => {
            match words.get_mut(..values.len()) {
                Some(target) if values.len() == usize::from(layout.read_count) => {
                    target.copy_from_slice(&values);
                }
                _ => return Err(Fault::Length { asked: layout.read_count, got: values.len() }),
            }
        }
        Response::WriteMultipleRegisters(start, count) if writing => {
            if (start, count) != (layout.write_start, layout.write_count) {
                return Err(Fault::Echo);
            }
        }
        _ => return Err(Fault::Function),
    }
    Ok(words)
}
