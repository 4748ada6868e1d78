use serde_json::json;

use super::*;

fn own() -> HashMap<String, String> {
    HashMap::from([("for triage".to_owned(), "open".to_owned()), ("mended".to_owned(), "fixed".to_owned())])
}

#[test]
fn every_state_of_theirs_has_a_meaning_here() {
    for (state, status) in [
        ("confirmed", Status::Open),
        ("investigating", Status::Investigating),
        ("planned", Status::ActionScheduled),
        ("action scheduled", Status::ActionScheduled),
        ("in progress", Status::InProgress),
        ("fixed", Status::Fixed),
        ("fixed - user", Status::Fixed),
        ("fixed - council", Status::Fixed),
        ("closed", Status::Closed),
        ("unable to fix", Status::NoFurtherAction),
        ("not responsible", Status::NotResponsible),
        ("duplicate", Status::Duplicate),
        ("internal referral", Status::InternalReferral),
        ("cancelled", Status::Cancelled),
        ("for triage", Status::Open),
        ("mended", Status::Fixed),
    ] {
        assert_eq!(standing(state, false, &own()), Standing::Here(status, Visibility::Published), "{state}");
        assert_eq!(standing(state, true, &own()), Standing::Here(status, Visibility::Private), "{state}");
    }
    assert_eq!(standing("hidden", true, &own()), Standing::Here(Status::Open, Visibility::Hidden));
    for state in ["unconfirmed", "partial"] {
        assert_eq!(standing(state, false, &own()), Standing::Unconfirmed);
    }
    assert_eq!(standing("limbo", false, &own()), Standing::Unknown);
}

#[test]
fn who_fixed_it_follows_from_the_state_and_who_marked_it() {
    assert_eq!(fixed_by(Status::Fixed, "fixed - council", true), Some(FixedBy::Body));
    assert_eq!(fixed_by(Status::Fixed, "mended", false), Some(FixedBy::Body));
    assert_eq!(fixed_by(Status::Fixed, "fixed - user", true), Some(FixedBy::Resident));
    assert_eq!(fixed_by(Status::Fixed, "fixed - user", false), Some(FixedBy::Author));
    assert_eq!(fixed_by(Status::Open, "confirmed", true), None);
}

#[test]
fn a_role_is_the_smallest_that_lets_somebody_do_what_they_did() {
    let of = |permissions: &[&str]| role(false, &permissions.iter().map(ToString::to_string).collect::<Vec<_>>());
    assert_eq!(of(&[]), "viewer");
    assert_eq!(of(&["report_inspect"]), "inspector");
    assert_eq!(of(&["report_inspect", "moderate"]), "officer");
    assert_eq!(of(&["user_edit"]), "administrator");
    assert_eq!(role(true, &[]), "administrator");
}

#[test]
fn slugs_are_valid_and_never_given_twice() {
    let mut taken = BTreeSet::new();
    assert_eq!(free_slug("Newport City Council", "body", &mut taken), "newport-city-council");
    assert_eq!(free_slug("Newport  City-Council!", "body", &mut taken), "newport-city-council-2");
    assert_eq!(free_slug("Ελλάδα", "body", &mut taken), "body");
    assert!(free_slug(&"long ".repeat(40), "body", &mut taken).len() <= SLUG_CHARS);
}

#[test]
fn councils_are_the_same_whatever_their_name_is_shortened_to() {
    assert_eq!(bare_name("Newport City Council"), bare_name("Newport"));
    assert_eq!(bare_name("Royal Borough of Greenwich"), bare_name("greenwich"));
    assert_eq!(bare_name("Brighton & Hove City Council"), bare_name("Brighton and Hove"));
    assert_eq!(bare_name("City of London"), "city of london");
    assert_ne!(bare_name("North Ayrshire Council"), bare_name("South Ayrshire Council"));
}

#[test]
fn contacts_without_an_address_have_none_and_lists_give_their_first() {
    assert_eq!(first_address("POT_1"), (None, 0));
    assert_eq!(first_address("REFUSED"), (None, 0));
    let (first, count) = first_address("a@example.org, b@example.org");
    assert_eq!((first.expect("one").as_str(), count), ("a@example.org", 2));
}

#[test]
fn accounts_that_were_removed_are_known_by_their_address() {
    assert!(is_removed("removed-17@example.org"));
    assert!(!is_removed("removed-house@example.org") && !is_removed("someone@example.org"));
}

#[test]
fn picture_files_cannot_lead_out_of_their_folder() {
    let hash = "0123456789abcdef0123456789abcdef01234567";
    assert_eq!(file_name(hash), Some(format!("{hash}.jpeg")));
    assert_eq!(file_name(&format!("{hash}.png")), Some(format!("{hash}.png")));
    for bad in ["../../etc/passwd", "1", "", &format!("{hash}.jp/../../x"), &format!("{hash}.")] {
        assert_eq!(file_name(bad), None, "{bad}");
    }
    assert_eq!(pictures(b"a.jpeg, b.png,"), Pictures::Files(vec!["a.jpeg", "b.png"]));
    assert_eq!(pictures(b"\xFF\xD8\xFF\xE0"), Pictures::Inside(b"\xFF\xD8\xFF\xE0"));
}

#[test]
fn extra_questions_become_ours_and_hidden_ones_are_not_asked() {
    let extra = json!({"group": ["Roads", "Other"], "_fields": [
        {"code": "size", "description": "How big?", "datatype": "singlevaluelist", "required": "true", "variable": "true",
         "values": [{"key": "s", "name": "Small"}, {"key": "l", "name": "Large", "disable": 1, "disable_message": "Phone us"}]},
        {"code": "notice", "description": "Read this", "variable": "false"},
        {"code": "usrn", "description": "USRN", "automated": "hidden_field"},
    ]});
    let asked = questions(&extra).expect("questions");
    assert_eq!(asked.len(), 1);
    assert_eq!(
        (asked[0].code.as_str(), asked[0].required, asked[0].datatype),
        ("size", true, Datatype::SingleValueList)
    );
    assert_eq!(asked[0].choices[1].blocks.as_deref(), Some("Phone us"));
    assert_eq!(group(&extra).as_deref(), Some("Roads"));
    assert_eq!(questions(&json!({"_fields": [{"code": "x", "datatype": "singlevaluelist"}]})), None);
    assert_eq!(questions(&json!({"_fields": "L1:x"})), None);
    assert_eq!(questions(&json!({})), Some(vec![]));
}

#[test]
fn answers_stay_readable_with_the_words_of_their_questions() {
    let extra = json!({"_fields": [
        {"name": "size", "description": "How big?", "value": "l"},
        {"name": "many", "value": ["a", "b"]},
        {"name": "empty", "value": ""},
    ]});
    let (answers, questions) = answers(&extra).expect("answers");
    assert_eq!(answers["size"], Answer::One("l".into()));
    assert_eq!(answers["many"], Answer::One("a, b".into()));
    assert_eq!(questions.iter().map(|question| question.label.as_str()).collect::<Vec<_>>(), ["How big?", "many"]);
}
