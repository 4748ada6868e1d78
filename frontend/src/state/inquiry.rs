//! Something asked of the API, and what it answered.

use std::future::Future;

use futures_util::future::LocalBoxFuture;
use leptos::prelude::*;
use leptos::task::spawn_local_scoped_with_cancellation;

/// An answer of the API: nothing until it is there. It is asked for anew whenever a signal that the question read changes;
/// meanwhile the old answer stays, and a question that was overtaken is stopped.
///
/// leptos' `LocalResource` does the same and much more, and is compiled anew for each kind of answer: some six thousand bytes
/// of WebAssembly each time.
pub struct Inquiry<T: 'static> {
    answer: RwSignal<Option<T>, LocalStorage>,
    again: Trigger,
}

impl<T> Clone for Inquiry<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Inquiry<T> {}

impl<T: Clone> Inquiry<T> {
    /// Asks. What `ask` reads before it answers its future is what it depends on.
    pub fn new<F: Future<Output = T> + 'static>(ask: impl Fn() -> F + 'static) -> Self {
        let inquiry = Self { answer: RwSignal::new_local(None), again: Trigger::new() };
        let start = move || -> LocalBoxFuture<'static, ()> {
            let coming = ask();
            Box::pin(async move {
                let answer = coming.await;
                // Whoever asked may be gone by now.
                let _gone = inquiry.answer.try_set(Some(answer));
            })
        };
        keep_asking(inquiry.again, Box::new(start));
        inquiry
    }

    /// The answer, once it is there. Tracks.
    pub fn get(self) -> Option<T> {
        self.answer.get()
    }

    /// The answer, once it is there. Does not track.
    pub fn get_untracked(self) -> Option<T> {
        self.answer.get_untracked()
    }

    /// Asks again.
    pub fn refetch(self) {
        self.again.notify();
    }
}

/// Begins what `start` answers, now and again whenever `again` is notified or a signal changes that `start` read. What was
/// begun is stopped when it is begun again, and when the page is left.
pub fn keep_asking(again: Trigger, start: Box<dyn Fn() -> LocalBoxFuture<'static, ()>>) {
    Effect::new(move |_| {
        again.track();
        let coming = start();
        // What is read once the answer is there is no part of the question.
        untrack(|| spawn_local_scoped_with_cancellation(coming));
    });
}
