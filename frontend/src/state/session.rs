//! Who is signed in.

use leptos::prelude::*;
use leptos::task::spawn_local;
use mendmap_shared::wire::auth::Me;

use crate::api;

/// Who is signed in, as far as is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// The session of an earlier visit is being resumed.
    Unknown,
    /// Nobody.
    Nobody,
    /// This person.
    Person(Me),
}

/// The session. Copy it freely.
#[derive(Clone, Copy)]
pub struct Session(RwSignal<Who>);

impl Session {
    /// Resumes an earlier session, follows every change, in other tabs too, and provides itself to every page.
    pub fn provide() -> Self {
        let who = RwSignal::new(Who::Unknown);
        api::on_session_change(move |me| who.set(me.map_or(Who::Nobody, Who::Person)));
        spawn_local(api::resume_session());
        follow_other_tabs();
        resume_when_online();
        let session = Self(who);
        provide_context(session);
        session
    }

    /// Who is signed in. Tracks.
    pub fn who(self) -> Who {
        self.0.get()
    }

    /// The person signed in. Tracks.
    pub fn me(self) -> Option<Me> {
        match self.0.get() {
            Who::Person(me) => Some(me),
            Who::Unknown | Who::Nobody => None,
        }
    }

    /// Whether somebody is signed in. Tracks.
    pub fn is_signed_in(self) -> bool {
        self.0.with(|who| matches!(who, Who::Person(_)))
    }

    /// Takes what the API says about the person after they changed it.
    pub fn replace(self, me: Me) {
        self.0.set(Who::Person(me));
    }
}

/// The session.
pub fn use_session() -> Session {
    expect_context()
}

/// Signing in or out in another tab shows here: what it keeps in the browser's storage changes.
fn follow_other_tabs() {
    // The app is never taken down: nobody removes this.
    let _listener = window_event_listener(leptos::ev::storage, |event| {
        // Without a key, everything was cleared.
        if event.key().is_none_or(|key| key == api::SESSION_FLAG) {
            api::follow_other_tab();
        }
    });
}

/// A session that could not be resumed for want of a network is resumed once there is one.
fn resume_when_online() {
    let _listener = window_event_listener(leptos::ev::online, |_| spawn_local(api::resume_session()));
}
