//! What the header has for somebody signed in. It comes with what resumes their session: nobody else downloads it.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::layout::place_link;
use super::{Button, ButtonKind};
use crate::i18n::t;
use crate::router::{NavigateOptions, use_navigate};
use crate::state::sign_out::sign_out;

/// Links to what is theirs, and the way out. Staff have the desk too.
pub fn person_links(is_staff: bool) -> AnyView {
    let words = t().layout;
    let navigate = use_navigate();
    let leave = move |_| {
        spawn_local(async move {
            sign_out().await;
            navigate("/", NavigateOptions::default());
        });
    };
    view! {
        {place_link("/my/reports", words.nav_mine)}
        {is_staff.then(|| place_link("/desk", words.nav_desk))}
        {place_link("/account", words.nav_account)}
        <li>
            <Button kind=ButtonKind::Link on_press=leave>
                {words.nav_sign_out}
            </Button>
        </li>
    }
    .into_any()
}
