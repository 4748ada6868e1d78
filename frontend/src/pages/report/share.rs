//! Sharing the report's address: the device's own way where it has one, else the clipboard, else by hand.

use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::browser::copy;
use crate::components::{Button, ButtonKind};
use crate::i18n::t;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = navigator, js_name = share)]
    fn share(data: &js_sys::Object) -> Result<js_sys::Promise, JsValue>;
}

fn can_share() -> bool {
    js_sys::Reflect::has(&window().navigator(), &"share".into()).unwrap_or(false)
}

/// The address without a fragment.
fn address() -> String {
    let location = window().location();
    format!("{}{}", location.origin().unwrap_or_default(), location.pathname().unwrap_or_default())
}

/// The button.
#[component]
pub fn Share() -> impl IntoView {
    let words = t().report;
    let says = RwSignal::new("");
    let by_hand = RwSignal::new(false);
    let field = NodeRef::<Input>::new();
    let device_shares = can_share();
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            let _focused = field.focus();
            field.select();
        }
    });
    let press = move |_| {
        if device_shares {
            let data = js_sys::Object::new();
            // Setting a property of a fresh plain object cannot fail.
            let _set = js_sys::Reflect::set(&data, &"title".into(), &document().title().into());
            let _set = js_sys::Reflect::set(&data, &"url".into(), &address().into());
            if let Ok(shared) = share(&data) {
                // Refused means that the person changed their mind.
                spawn_local(async move { drop(JsFuture::from(shared).await) });
                return;
            }
        }
        let copied = copy(&address());
        spawn_local(async move {
            if copied.await {
                let _gone = says.try_set(words.share_copied);
            } else {
                let _gone = by_hand.try_set(true);
            }
        });
    };
    view! {
        <section class="aside-box" aria-labelledby="share-title">
            <h2 id="share-title">{words.share_title}</h2>
            <Button kind=ButtonKind::Secondary on_press=press>
                {if device_shares { words.share } else { words.share_copy }}
            </Button>
            <p class="aside-box__says" role="status">
                {says}
            </p>
            {move || {
                by_hand
                    .get()
                    .then(|| {
                        view! {
                            <label class="field__label" for="share-link">
                                {words.share_by_hand}
                            </label>
                            <input id="share-link" class="field__input" readonly value=address() node_ref=field />
                        }
                    })
            }}
        </section>
    }
}
