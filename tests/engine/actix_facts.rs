//! Facts about actix 0.13 that the engine is built on. If one of these fails after an update, read the
//! engine again before anything else.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix::prelude::*;
use futures_util::{FutureExt, poll};
use tokio::sync::Notify;

use super::{until, within};

/// Counts what it handles, after a first message that waits to be let go on.
struct Counter {
    handled: Arc<AtomicUsize>,
    dropped: Arc<AtomicUsize>,
    go_on: Arc<Notify>,
}

#[derive(Message)]
#[rtype(result = "()")]
struct Count;

#[derive(Message)]
#[rtype(result = "()")]
struct Wait;

#[derive(Message)]
#[rtype(result = "()")]
struct Die;

impl Actor for Counter {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(1);
    }
}

impl Handler<Count> for Counter {
    type Result = ();

    fn handle(&mut self, _: Count, _: &mut Self::Context) {
        self.handled.fetch_add(1, Ordering::SeqCst);
    }
}

impl Handler<Wait> for Counter {
    type Result = ();

    fn handle(&mut self, _: Wait, ctx: &mut Self::Context) {
        let go_on = Arc::clone(&self.go_on);
        ctx.wait(async move { go_on.notified().await }.into_actor(self));
    }
}

impl Handler<Die> for Counter {
    type Result = ();

    fn handle(&mut self, _: Die, _: &mut Self::Context) {
        panic!("planted in the handler");
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, Ordering::SeqCst);
    }
}

struct Started {
    addr: Addr<Counter>,
    handled: Arc<AtomicUsize>,
    dropped: Arc<AtomicUsize>,
    go_on: Arc<Notify>,
}

fn start() -> Started {
    let (handled, dropped, go_on) = (Arc::default(), Arc::default(), Arc::default());
    let counter = Counter {
        handled: Arc::clone(&handled),
        dropped: Arc::clone(&dropped),
        go_on: Arc::clone(&go_on),
    };
    Started {
        addr: counter.start(),
        handled,
        dropped,
        go_on,
    }
}

#[actix_web::test]
#[expect(
    clippy::disallowed_methods,
    reason = "the fact is why it is not allowed elsewhere"
)]
async fn do_send_and_fresh_clones_ignore_the_capacity_of_a_mailbox() {
    let counter = start();
    counter.addr.send(Wait).await.unwrap();

    for _ in 0..100 {
        counter.addr.do_send(Count);
        let _ = counter.addr.clone().try_send(Count);
    }

    counter.go_on.notify_one();
    let handled = Arc::clone(&counter.handled);
    until("more than the mailbox holds", || {
        handled.load(Ordering::SeqCst) >= 101
    })
    .await;
}

#[actix_web::test]
async fn a_caller_that_leaves_takes_its_message_back() {
    let counter = start();
    counter.addr.send(Wait).await.unwrap();
    let mut leaving = counter.addr.send(Count).boxed_local();
    assert!(poll!(&mut leaving).is_pending());
    drop(leaving);

    counter.go_on.notify_one();
    within("a later message", counter.addr.send(Count))
        .await
        .unwrap();

    assert_eq!(counter.handled.load(Ordering::SeqCst), 1);
}

#[actix_web::test]
async fn a_panic_in_a_handler_ends_the_actor_and_its_address_is_closed() {
    let counter = start();

    assert!(matches!(
        counter.addr.send(Die).await,
        Err(MailboxError::Closed)
    ));

    assert_eq!(counter.dropped.load(Ordering::SeqCst), 1);
    assert!(matches!(
        counter.addr.try_send(Count),
        Err(SendError::Closed(_))
    ));
}

#[actix_web::test]
async fn an_actor_ends_with_its_last_address() {
    let counter = start();
    let clone = counter.addr.clone();
    counter.addr.send(Count).await.unwrap();
    drop(counter.addr);
    clone.send(Count).await.unwrap();
    assert_eq!(counter.dropped.load(Ordering::SeqCst), 0);

    drop(clone);

    until("the end", || counter.dropped.load(Ordering::SeqCst) == 1).await;
}
