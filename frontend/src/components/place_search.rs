//! A box to search for a place in, and a button that asks the browser where we are. Only what is seen of them comes with the
//! page: what searches ([`super::place_finder`]) is fetched when somebody turns to them.

use std::rc::Rc;

use leptos::ev::KeyboardEvent;
use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use mendmap_shared::geo::LonLat;
use mendmap_shared::wire::places::Place;

use super::{Button, ButtonKind};
use crate::i18n::t;
use crate::parts;
use crate::state::inquiry::keep_asking;

/// A search box, as what searches sees it.
#[derive(Clone, Copy)]
pub struct Search {
    /// Id of the input; others on the page are made from it.
    pub id: &'static str,
    /// Label.
    pub label: &'static str,
    /// Places near this point come first.
    pub near: Signal<Option<LonLat>>,
    /// Called with the place chosen.
    pub on_choose: Callback<Place>,
    /// Where is typed.
    pub input: NodeRef<Input>,
}

/// What somebody does with a search box.
pub enum Act {
    /// Turns to it.
    Come,
    /// Turns away from it.
    Leave,
    /// Types.
    Type,
    /// Wants the place chosen, or else the best one.
    Seek,
    /// Presses a key.
    Press(KeyboardEvent),
}

/// What searches, and what it shows under the box.
pub struct Finder {
    /// To be told of everything that somebody does.
    pub act: Rc<dyn Fn(Act)>,
    /// The list, and how many are in it.
    pub view: AnyView,
}

/// How far what searches has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Moment {
    NotWanted,
    Loading,
    Failed,
    Here,
}

/// Searches places while typing. Arrow keys choose, Enter takes the chosen or else the best one, Escape closes.
#[component]
pub fn PlaceSearch(
    /// Id of the input; others on the page are made from it.
    id: &'static str,
    /// Label.
    label: &'static str,
    /// Places near this point come first.
    #[prop(optional, into)]
    near: Signal<Option<LonLat>>,
    /// Called with the place chosen.
    #[prop(into)]
    on_choose: Callback<Place>,
    /// What stands between the label and the box: help, or what is wrong.
    #[prop(optional, into)]
    aside: Option<AnyView>,
    /// Where is typed, for whoever has to say something about it.
    #[prop(optional)]
    input: NodeRef<Input>,
) -> impl IntoView {
    let search = Search { id, label, near, on_choose, input };
    let moment = RwSignal::new(Moment::NotWanted);
    let drawn = StoredValue::new_local(None::<AnyView>);
    let act = acting(search, moment, drawn);
    let found = move || match moment.get() {
        Moment::NotWanted | Moment::Loading => ().into_any(),
        // What is typed next, or the button, tries again.
        Moment::Failed => view! { <p class="combobox__outcome" role="alert">{t().errors.network}</p> }.into_any(),
        Moment::Here => drawn.try_update_value(Option::take).flatten().into_any(),
    };
    view! {
        <div class="combobox field" role="search">
            <label class="field__label" for=id>
                {label}
            </label>
            {aside}
            <div class="combobox__row">
                <input
                    class="field__input"
                    id=id
                    type="search"
                    role="combobox"
                    autocomplete="off"
                    spellcheck="false"
                    enterkeyhint="search"
                    aria-autocomplete="list"
                    aria-expanded="false"
                    node_ref=input
                    on:input=move |_| act(Act::Type)
                    on:keydown=move |event| act(Act::Press(event))
                    on:blur=move |_| act(Act::Leave)
                    on:focus=move |_| act(Act::Come)
                />
                <Button on_press=move |_| act(Act::Seek)>{t().layout.search_button}</Button>
            </div>
            {found}
        </div>
    }
}

/// What is to be told of everything that somebody does with the box: it fetches what searches, and passes on to it. What was
/// typed meanwhile stands in the box.
fn acting(
    search: Search,
    moment: RwSignal<Moment>,
    drawn: StoredValue<Option<AnyView>, LocalStorage>,
) -> impl Fn(Act) + Copy + Send + Sync + 'static {
    let finder = StoredValue::new_local(None::<Rc<dyn Fn(Act)>>);
    let waiting = StoredValue::new_local(None::<Act>);
    let again = Trigger::new();
    let fetch = move || -> futures_util::future::LocalBoxFuture<'static, ()> {
        let wanted = moment.get_untracked() == Moment::Loading;
        Box::pin(async move {
            if !wanted {
                return;
            }
            let Ok(Finder { act, view }) = parts::find_place(search).await else {
                moment.set(Moment::Failed);
                return;
            };
            drawn.set_value(Some(view));
            finder.set_value(Some(act.clone()));
            moment.set(Moment::Here);
            if let Some(waited) = waiting.try_update_value(Option::take).flatten() {
                act(waited);
            }
        })
    };
    keep_asking(again, Box::new(fetch));
    move |act: Act| {
        if let Some(finder) = finder.get_value() {
            finder(act);
            return;
        }
        let act = match act {
            Act::Press(event) if event.key() == "Enter" => {
                event.prevent_default();
                Act::Seek
            }
            act => act,
        };
        // Of what is done meanwhile counts that something was typed, and more, that it is to be found.
        let counts = match act {
            Act::Seek => true,
            Act::Type => waiting.with_value(|waiting| !matches!(waiting, Some(Act::Seek))),
            Act::Come | Act::Leave | Act::Press(_) => false,
        };
        let leaves = matches!(act, Act::Leave);
        if counts {
            waiting.set_value(Some(act));
        }
        if !leaves && moment.get_untracked() != Moment::Loading {
            moment.set(Moment::Loading);
            again.notify();
        }
    }
}

/// Being asked where we are.
#[derive(Clone, Copy)]
pub struct Locating {
    /// Whether the browser is asked.
    pub busy: RwSignal<bool>,
    /// What is said about it.
    pub says: RwSignal<&'static str>,
    /// Called with the point found.
    pub on_found: Callback<LonLat>,
}

/// Asks the browser where we are, and says so when it does not tell.
#[component]
pub fn LocateButton(
    /// Called with the point found.
    #[prop(into)]
    on_found: Callback<LonLat>,
) -> impl IntoView {
    let words = t().layout;
    let busy = RwSignal::new(false);
    let says = RwSignal::new("");
    let locate = move |_| {
        busy.set(true);
        says.set(words.locating);
        spawn_local(async move {
            if parts::locate(Locating { busy, says, on_found }).await.is_err() {
                // Whoever asked may be gone by now.
                let _idle = busy.try_set(false);
                let _said = says.try_set(t().errors.network);
            }
        });
    };
    view! {
        <div class="locate">
            <Button kind=ButtonKind::Secondary busy=busy on_press=locate>
                {words.locate}
            </Button>
            <p class="locate__says" role="status">
                {says}
            </p>
        </div>
    }
}
