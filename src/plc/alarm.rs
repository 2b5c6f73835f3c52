//! A time limit for one future after another.
//!
//! A timer set anew for every request mostly comes before all others, and each time the runtime wakes
//! its driver by a system call. This one stays set and is moved only when it rings too early.

use std::boxed::Box;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::prelude::rust_2024::*;
use std::task::{Context, Poll, ready};
use tokio::time::{Instant, Sleep, sleep_until};

#[derive(Debug, Default)]
pub(super) struct Alarm(Option<Pin<Box<Sleep>>>);

impl Alarm {
    fn rings(&mut self, deadline: Instant, cx: &mut Context<'_>) -> Poll<()> {
        let sleep = self.0.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if sleep.deadline() > deadline {
            sleep.as_mut().reset(deadline);
        }
        loop {
            ready!(sleep.as_mut().poll(cx));
            if sleep.deadline() >= deadline {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(deadline);
        }
    }

    /// What the future gives, or `None` at the deadline.
    pub(super) async fn limit<F: Future>(
        &mut self,
        deadline: Instant,
        mut future: Pin<&mut F>,
    ) -> Option<F::Output> {
        poll_fn(|cx| match future.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending => self.rings(deadline, cx).map(|()| None),
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::{pending, ready};
    use std::pin::pin;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn every_deadline_is_kept_earlier_and_later_ones() {
        let mut alarm = Alarm::default();
        for milliseconds in [100, 50, 200, 0, 70] {
            let begin = Instant::now();
            let limit = Duration::from_millis(milliseconds);
            assert_eq!(alarm.limit(begin + limit, pin!(ready(7))).await, Some(7));
            assert_eq!(alarm.limit(begin + limit, pin!(pending::<()>())).await, None);
            assert_eq!(begin.elapsed(), limit);
        }
    }
}
