//! What real servers answer, and what nobody should.

use mendmap::delivery::open311::wire::{self, Kind};
use mendmap_shared::questions::Datatype;
use proptest::prelude::*;

use crate::harness::real_data;

#[test]
fn the_answers_of_real_cities_are_read_or_refused_in_clear_words() {
    let Some(folder) = real_data() else { return };
    let read = |name: &str| std::fs::read(folder.join("open311").join(name)).unwrap();
    let services = wire::services(&read("cfa_services.xml")).unwrap();
    assert!(services.left_out.is_empty() && services.items.len() > 20, "{}", services.items.len());
    let first = &services.items[0];
    assert_eq!(
        (first.code.as_str(), first.name.as_str(), first.group.as_deref()),
        ("001", "Cans_Left_Out_24x7", Some("Litter Receptacles"))
    );
    assert_eq!((first.kind, first.metadata), (Kind::Realtime, false));
    let giessen = wire::services(&read("services_giessen.xml")).unwrap().items;
    assert_eq!(giessen.len(), 8);
    assert_eq!(giessen[3].name, "Verkehrsschild beschädigt");
    assert_eq!(giessen[3].keywords, ["graffiti", "paintings"]);

    let attributes = wire::attributes(&read("cfa_service_definition.xml")).unwrap().items;
    assert_eq!((attributes.len(), attributes[0].code.as_str()), (1, "WHISHETN"));
    assert_eq!((attributes[0].datatype, attributes[0].required), (Datatype::SingleValueList, true));
    assert_eq!(attributes[0].values[1], ("124".to_owned(), "Chrysler".to_owned()));

    let many = wire::requests(&read("requests_many.xml")).unwrap().items;
    assert_eq!(many.iter().map(|request| request.id.as_str()).collect::<Vec<_>>(), ["101005420892", "101005420894"]);
    assert_eq!((many[0].updated, many[0].description.as_deref()), (None, None));
    assert_eq!(many[0].place, Some((43.691_104_288, -79.272_306_875)));
    assert_eq!(many[0].notes.as_deref(), Some("In progress - The request has been scheduled."));
    for (name, count) in [
        ("requests_single.xml", 1),
        ("cfa_get_service_request.xml", 1),
        ("cfa_service_requests.xml", 2),
        ("cfa_service_requests_empty.xml", 0),
    ] {
        let listed = wire::requests(&read(name)).unwrap();
        assert_eq!((listed.items.len(), listed.left_out.len()), (count, 0), "{name}");
    }
    let closed = &wire::requests(&read("cfa_get_service_request.xml")).unwrap().items[0];
    assert_eq!(closed.updated.unwrap().to_rfc3339(), "2010-04-14T14:37:38+00:00");

    let accepted = wire::accepted(&read("cfa_post_service_request.xml")).unwrap();
    assert_eq!((accepted.request_id.as_deref(), accepted.token), (Some("293944"), None));
    let known = wire::accepted(&read("cfa_request_id_from_token.xml")).unwrap();
    assert_eq!((known.request_id.as_deref(), known.token.as_deref()), (Some("638344"), Some("12345")));

    // An HTTP head inside the body, and no error as the standard has it.
    let refused = read("cfa_403.xml");
    assert_eq!(wire::refusal(&refused), "Invalid api_key received -- can't proceed with create_request.");
    assert_eq!(
        wire::services(&refused).unwrap_err().to_string(),
        "the answer is neither XML nor JSON; it begins with \"HTTP/1.1 403 Forbidden <?xml version=\\\"1.0\\\" encoding=\\\"utf-8\\\"?> <error>Invalid api\""
    );
}

#[test]
fn json_and_xml_of_one_meaning_are_read_alike_whatever_shape_they_have() {
    let service = r#"{"service_code": 7, "service_name": " Drains ", "metadata": true, "type": "batch", "keywords": "a, B", "groups": ["Roads", "Water"], "description": null}"#;
    let shapes = [format!("[{service}]"), format!("{{\"services\": [{service}]}}"), service.to_owned(), format!("{{\"services\": {{\"service\": [{service}]}}}}"),
        "<x:services xmlns:x='urn:x'><x:service><service_code>7</service_code><service_name><![CDATA[Drains]]></service_name><metadata>true</metadata><type>batch</type><keywords>a, B</keywords><groups><group>Roads</group><group>Water</group></groups><description/></x:service></x:services>".to_owned()];
    for shape in &shapes {
        let services = wire::services(shape.as_bytes()).unwrap().items;
        assert_eq!(services.len(), 1, "{shape}");
        let service = &services[0];
        assert_eq!(
            (service.code.as_str(), service.name.as_str(), service.group.as_deref()),
            ("7", "Drains", Some("Roads")),
            "{shape}"
        );
        assert_eq!(
            (service.kind, service.metadata, &service.keywords[..]),
            (Kind::Batch, true, &["a".to_owned(), "b".to_owned()][..])
        );
        assert_eq!(service.description, None);
    }
    let definitions = [
        r#"{"service_code": "7", "attributes": [{"code": "q", "datatype": "multivaluelist", "required": "true", "order": 1, "description": "Which?", "values": [{"key": 1, "name": "One"}]}]}"#,
        "<service_definition><attribute><code>q</code><datatype>multivaluelist</datatype><required>true</required><order>1</order><description>Which?</description><values><value><key>1</key><name>One</name></value></values></attribute></service_definition>",
        "<service_definition><attributes><attribute><code>q</code><datatype>multivaluelist</datatype><required>1</required><description>Which?</description><value><key>1</key><name>One</name></value></attribute></attributes></service_definition>",
    ];
    for definition in definitions {
        let attributes = wire::attributes(definition.as_bytes()).unwrap().items;
        assert_eq!(
            (attributes[0].code.as_str(), attributes[0].datatype, attributes[0].required),
            ("q", Datatype::MultiValueList, true),
            "{definition}"
        );
    }
    let updates = [
        r#"[{"update_id": 12, "service_request_id": 638344, "status": "in_progress", "updated_datetime": "2026-03-01T10:00:00+01:00", "description": "A & B"}]"#,
        "<service_request_updates><request_update><update_id>12</update_id><service_request_id>638344</service_request_id><status>in_progress</status><updated_datetime>2026-03-01T09:00:00</updated_datetime><description>A &amp; B</description></request_update></service_request_updates>",
        "<service_request_updates><request_update><update_id>12</update_id><service_request_id>638344</service_request_id><status>in_progress</status><updated_datetime>2026-03-01 09:00:00 +0000</updated_datetime><description>A & B</description></request_update></service_request_updates>",
    ];
    for update in updates {
        let read = wire::request_updates(update.as_bytes()).unwrap().items;
        assert_eq!(
            (read[0].id.as_str(), read[0].request_id.as_str(), read[0].description.as_deref()),
            ("12", "638344", Some("A & B")),
            "{update}"
        );
        assert_eq!(read[0].updated.unwrap().to_rfc3339(), "2026-03-01T09:00:00+00:00", "{update}");
    }
}

#[test]
fn one_entry_that_cannot_be_used_is_named_and_spoils_no_other() {
    let listed = wire::services(b"[{\"service_name\": \"Nameless\"}, {\"service_code\": \"a\"}]").unwrap();
    assert_eq!(listed.items.len(), 1);
    assert_eq!(listed.left_out, ["service 1 has no service_code"]);
}

#[test]
fn what_cannot_be_read_is_told_in_words_an_officer_can_be_shown() {
    let cases: &[(&[u8], &str)] = &[
        (b"", "the answer is empty"),
        (b"<html><body>Login</body></html>", "the answer is no list of services, but <html>"),
        (b"Service unavailable", "the answer is neither XML nor JSON; it begins with \"Service unavailable\""),
        (b"<services><service>", "the answer ends inside <service>"),
        (b"[{\"service_code\":", "the answer is not sound JSON"),
        (b"<services></service>", "the answer is not sound XML"),
        (b"<errors><error><description>No jurisdiction</description></error></errors>", "an error: No jurisdiction"),
    ];
    for (body, words) in cases {
        let error = wire::services(body).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    let deep = "<a>".repeat(1000);
    assert!(wire::services(deep.as_bytes()).unwrap_err().to_string().contains("deep inside"));
    let entities = b"<!DOCTYPE x [<!ENTITY a \"aaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]><services><service><service_code>1</service_code><service_name>&b;</service_name></service></services>";
    assert_eq!(wire::services(entities).unwrap().items[0].name, "&b;", "nothing unfolds");
    let many = "<s/>".repeat(300_000);
    assert!(
        wire::services(format!("<services>{many}</services>").as_bytes()).unwrap_err().to_string().contains("elements")
    );
}

#[test]
fn a_refusal_is_told_in_the_servers_own_words_on_one_line() {
    let cases: &[(&[u8], &str)] = &[
        (
            b"<errors><error><code>400</code><description>lat is\n missing</description></error></errors>",
            "lat is missing",
        ),
        (b"[{\"code\": 403, \"description\": \"Wrong key\"}]", "Wrong key"),
        (b"{\"errors\": [{\"code\": 1, \"description\": \"A\"}, {\"code\": 2, \"description\": \"B\"}]}", "A; B"),
        (b"{\"message\": \"Too late\"}", "Too late"),
        (b"<html><head><title>403</title></head><body><h1>Forbidden</h1></body></html>", "403 Forbidden"),
        (b"Nope\x00", "Nope"),
        (b"", ""),
    ];
    for (body, words) in cases {
        assert_eq!(wire::refusal(body), *words);
    }
    assert_eq!(wire::refusal(&vec![b'x'; 100_000]).len(), 300);
}

#[test]
fn nothing_that_is_read_has_a_nul_in_it_as_no_database_takes_one() {
    let nul = "\\u0000";
    let texts = [
        wire::services(format!("[{{\"service_code\": \"a\", \"service_name\": \"n{nul}\", \"description\": \"{nul}d\", \"group\": \"g{nul}\"}}]").as_bytes())
            .map(|listed| format!("{listed:?}")),
        wire::attributes(
            format!("{{\"attributes\": [{{\"code\": \"c\", \"datatype\": \"singlevaluelist\", \"description\": \"{nul}\", \"values\": [{{\"key\": \"k{nul}\", \"name\": \"{nul}n\"}}]}}]}}").as_bytes(),
        )
        .map(|listed| format!("{listed:?}")),
        wire::request_updates(
            format!("[{{\"update_id\": \"1{nul}\", \"service_request_id\": \"2\", \"status\": \"{nul}open\", \"description\": \"x{nul}\", \"media_url\": \"http://x/{nul}\"}}]").as_bytes(),
        )
        .map(|listed| format!("{listed:?}")),
    ];
    for text in texts {
        let text = text.unwrap();
        assert!(!text.contains("\\0") && text.contains("left_out: []"), "{text}");
    }
    for broken in [&b"<a></b\x00>"[..], b"<a\x00", b"\x00\x01", b"{\x00"] {
        assert!(!wire::services(broken).unwrap_err().to_string().contains('\0'));
        assert!(!wire::refusal(broken).contains('\0'));
    }
}

fn read_all(body: &[u8]) {
    let _ = wire::services(body);
    let _ = wire::attributes(body);
    let _ = wire::accepted(body);
    let _ = wire::requests(body);
    let _ = wire::request_updates(body);
    let _ = wire::taken_update(body);
    assert!(wire::refusal(body).chars().count() <= 300);
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(body in prop::collection::vec(any::<u8>(), 0..400)) {
        read_all(&body);
    }

    #[test]
    fn no_text_of_marks_makes_a_reader_panic(body in "[<>/&;#xa\\[\\]{}\":,é \\-!]{0,120}") {
        read_all(body.as_bytes());
    }

    #[test]
    fn no_damage_to_a_sound_answer_makes_a_reader_panic(at in 0..super::DEFINITION.len(), byte in any::<u8>(), cut in 0..super::DEFINITION.len()) {
        let mut body = super::DEFINITION.as_bytes().to_vec();
        body[at] = byte;
        read_all(&body);
        body.truncate(cut);
        read_all(&body);
    }

    #[test]
    fn no_word_makes_a_moment_panic(text in ".{0,40}") {
        let _ = mendmap::delivery::open311::moments::moment(&text);
    }
}
