//! Statements that are sent together and executed in order: one round trip.

use std::future::poll_fn;
use std::task::Poll;

use futures_util::future::BoxFuture;

/// Polls the futures in order, so that what they send is sent in order; returns their results in the same order.
///
/// A client sends a statement when its future is polled for the first time (tokio-postgres 0.7.18), and its answers come in the order of
/// the statements: one that is not answered yet is behind no one that is.
pub(super) async fn in_order<T>(mut futures: Vec<BoxFuture<'_, T>>) -> Vec<T> {
    let mut results: Vec<Option<T>> = futures.iter().map(|_| None).collect();
    let mut is_sent = false;
    poll_fn(|cx| {
        for (future, result) in futures.iter_mut().zip(&mut results) {
            if result.is_none()
                && let Poll::Ready(ready) = future.as_mut().poll(cx)
            {
                *result = Some(ready);
            }
            if result.is_none() && is_sent {
                return Poll::Pending;
            }
        }
        is_sent = true;
        if results.iter().all(Option::is_some) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    results.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use futures_util::FutureExt;
    use futures_util::future::BoxFuture;
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn many_are_sent_in_order_before_any_is_answered() {
        const MANY: usize = 100;
        let sent = Mutex::new(Vec::new());
        let (answers, answered): (Vec<_>, Vec<_>) = (0..MANY).map(|_| oneshot::channel()).unzip();
        let futures = answered.into_iter().enumerate().map(|(number, answer)| {
            let sent = &sent;
            async move {
                sent.lock().unwrap().push(number);
                answer.await.unwrap()
            }
            .boxed()
        });
        let futures: Vec<BoxFuture<'_, usize>> = futures.collect();
        let server = async {
            assert_eq!(*sent.lock().unwrap(), (0..MANY).collect::<Vec<_>>());
            for (number, answer) in answers.into_iter().enumerate().rev() {
                answer.send(number).unwrap();
            }
        };
        let (results, ()) = tokio::join!(in_order(futures), server);
        assert_eq!(results, (0..MANY).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn one_that_fails_at_once_leaves_those_before_it_their_answers() {
        let (answer, answered) = oneshot::channel();
        let first = async { answered.await.unwrap() }.boxed();
        let second = async {
            answer.send(1).unwrap();
            2
        }
        .boxed();
        assert_eq!(in_order(vec![first, second]).await, [1, 2]);
        assert!(in_order::<u8>(Vec::new()).await.is_empty());
    }
}
