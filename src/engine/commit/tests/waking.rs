//! What a linked set holds back is taken when it lets go, though nobody submits anything more.

use std::pin::pin;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::select;
use tokio::time::{Instant, sleep};

use super::super::linking::HOLD_AFTER;
use super::super::queue::{CommitQueue, Worker};
use super::{Actor, Caller, SIZE_MAX, transfer, wallet};
use crate::engine::Lane;

/// A worker that has found nothing to take but what the returned linked set holds back, which waits for another wallet.
fn held_back(queue: &Arc<CommitQueue>) -> (Worker, Caller, Actor) {
    let here = thread::current().id();
    let worker = queue
        .add_worker(&mut queue.state(), Lane::WHOLE, here, 1)
        .unwrap();
    assert!(worker.permit().now_or_never().is_none(), "nothing waits");
    let mut state = queue.state();
    let long_ago = Instant::now().checked_sub(2 * HOLD_AFTER).unwrap();
    let caller = Caller::arrive(&mut state.waiting, vec![transfer(1, 2, 5)], long_ago);
    let actor = Actor::deposit(&mut state.waiting, wallet(1, 9), 1, &[&caller]);
    queue.wake_worker(state, Lane::WHOLE, here);
    let permit = worker.permit().now_or_never().flatten().unwrap();
    assert!(permit.take().is_none(), "it is held");
    drop(permit);
    (worker, caller, actor)
}

/// Takes what waits, once there is something.
async fn taken(worker: &Worker) -> usize {
    let permit = worker.permit().await.unwrap();
    permit.take().map_or(0, |taken| taken.requests.len())
}

#[test]
fn what_was_held_is_taken_once_its_linked_set_is_withdrawn() {
    let queue = Arc::new(CommitQueue::new(SIZE_MAX));
    let (worker, caller, _actor) = held_back(&queue);
    let mut permit = pin!(worker.permit());
    assert!(permit.as_mut().now_or_never().is_none(), "it is held still");
    assert!(queue.withdraw(caller.linked.id).is_some());
    let permit = permit.now_or_never().flatten().unwrap();
    assert_eq!(permit.take().unwrap().requests.len(), 1);
}

#[actix_rt::test]
async fn what_was_held_for_too_long_is_taken_though_its_linked_set_waits_still() {
    let queue = Arc::new(CommitQueue::new(SIZE_MAX));
    let (worker, _caller, _actor) = held_back(&queue);
    let taken = select! {
        taken = taken(&worker) => taken,
        () = Arc::clone(&queue).watch() => 0,
        () = sleep(Duration::from_secs(60)) => 0,
    };
    assert_eq!(taken, 1);
}
