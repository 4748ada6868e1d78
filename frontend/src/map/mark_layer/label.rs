//! What a mark is called.

use mendmap_shared::gather::Mark;

use crate::i18n::{count, status_group_text, t};

/// What a mark is called; a heap also says what a press does.
pub fn label_of(mark: &Mark, is_heap: bool) -> String {
    let words = t().map;
    match mark.single() {
        Some(pin) => (words.pin)(status_group_text(pin.status_group), &pin.category, &pin.title),
        None => {
            let counts = &mark.counts;
            let [total, open, fixed, closed] = [counts.total(), counts.open, counts.fixed, counts.closed].map(number);
            if is_heap {
                (words.heap)(&total, &open, &fixed, &closed)
            } else {
                (words.cluster)(&total, &open, &fixed, &closed)
            }
        }
    }
}

/// A number in words. Asking the browser how to write it takes longer than all else about a mark; small ones need no asking.
fn number(number: i64) -> String {
    if number < 1000 { number.to_string() } else { count(number) }
}
