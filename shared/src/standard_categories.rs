//! The usual categories of a council's streets: what a newly imported body starts with, and what can be chosen where no
//! body covers the place. A body edits its own afterwards.

use crate::questions::{Choice, Datatype, Question};

/// A category as a new body gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandardCategory {
    /// Stable code.
    pub code: &'static str,
    /// What people read.
    pub name: &'static str,
    /// The group it is listed under.
    pub group: &'static str,
    /// A line of help.
    pub hint: &'static str,
    /// Other words for it, separated by commas.
    pub keywords: &'static str,
    /// Hours in which the body means to have finished.
    pub target_hours: i32,
    /// Extra questions.
    pub questions: Vec<Question>,
}

fn choice(key: &str, name: &str) -> Choice {
    Choice { key: key.into(), name: name.into(), blocks: None }
}

fn blocking_choice(key: &str, name: &str, message: &str) -> Choice {
    Choice { blocks: Some(message.into()), ..choice(key, name) }
}

fn question(code: &str, label: &str, datatype: Datatype) -> Question {
    Question { code: code.into(), label: label.into(), hint: None, datatype, required: false, choices: Vec::new() }
}

fn one_of(code: &str, label: &str, choices: Vec<Choice>) -> Question {
    Question { required: true, choices, ..question(code, label, Datatype::SingleValueList) }
}

/// What people say instead of a category's name.
fn keywords(code: &str) -> &'static str {
    match code {
        "potholes" => "hole,road surface,carriageway,tarmac",
        "pavements" => "footway,footpath,paving,kerb,trip hazard",
        "street-lights" => "lamp post,lighting,lamp,dark",
        "fly-tipping" => "dumping,rubbish,waste,mattress,litter",
        "graffiti" => "tag,paint,vandalism,fly-posting",
        "signs" => "road sign,traffic sign,bollard,road markings",
        "drains" => "gully,gullies,blocked drain,flooding,manhole",
        "trees" => "branch,hedge,overgrown,roots",
        _ => "",
    }
}

/// The nine of them, in the order people are shown.
#[must_use]
pub fn standard_categories() -> Vec<StandardCategory> {
    let category = |code, name, group, hint, target_hours, questions| StandardCategory {
        code,
        name,
        group,
        hint,
        keywords: keywords(code),
        target_hours,
        questions,
    };
    vec![
        category(
            "potholes",
            "Potholes",
            "Roads and pavements",
            "Holes and broken surface on the carriageway.",
            120,
            vec![
                one_of(
                    "danger",
                    "Is it an immediate danger to life?",
                    vec![
                        choice("no", "No"),
                        blocking_choice(
                            "yes",
                            "Yes",
                            "This is an emergency. Please phone 999 now, do not report it here.",
                        ),
                    ],
                ),
                Question {
                    hint: Some("A rough guess is fine.".into()),
                    ..question("depth_cm", "How deep is it, in centimetres?", Datatype::Number)
                },
            ],
        ),
        category(
            "pavements",
            "Pavements",
            "Roads and pavements",
            "Broken, loose or blocked footways and kerbs.",
            240,
            vec![Question {
                choices: vec![
                    choice("walking", "People walking"),
                    choice("wheelchair", "Wheelchairs and prams"),
                    choice("cycling", "People cycling"),
                ],
                ..question("affected", "Who is affected?", Datatype::MultiValueList)
            }],
        ),
        category(
            "street-lights",
            "Street lights",
            "Lights and signs",
            "Lamps that are out, flickering or on all day.",
            168,
            vec![
                one_of(
                    "fault",
                    "What is wrong with it?",
                    vec![
                        choice("out", "Not working"),
                        choice("flickering", "Flickering"),
                        choice("day", "On during the day"),
                        choice("damaged", "Damaged"),
                        blocking_choice(
                            "wires",
                            "Wires are showing",
                            "Bare wires are an emergency. Please keep away and phone 105.",
                        ),
                    ],
                ),
                question("column", "Number on the post, if you can see it", Datatype::String),
            ],
        ),
        category(
            "fly-tipping",
            "Fly-tipping",
            "Cleaning",
            "Rubbish dumped on streets and open land.",
            72,
            vec![
                question("seen_at", "When did you first see it?", Datatype::Datetime),
                question("what", "What has been dumped?", Datatype::Text),
            ],
        ),
        category(
            "graffiti",
            "Graffiti",
            "Cleaning",
            "Writing or stickers on walls, signs and street furniture.",
            168,
            vec![one_of("offensive", "Is it offensive?", vec![choice("no", "No"), choice("yes", "Yes")])],
        ),
        category(
            "signs",
            "Road signs and markings",
            "Lights and signs",
            "Missing, turned or unreadable signs, signals and paint.",
            240,
            vec![],
        ),
        category(
            "drains",
            "Drains and flooding",
            "Roads and pavements",
            "Blocked gullies and standing water.",
            96,
            vec![one_of(
                "inside",
                "Is water getting into a home?",
                vec![
                    choice("no", "No"),
                    blocking_choice(
                        "yes",
                        "Yes",
                        "Please phone your council's emergency line now, or 999 if somebody is in danger.",
                    ),
                ],
            )],
        ),
        category(
            "trees",
            "Trees and hedges",
            "Green spaces",
            "Fallen, dangerous or overgrown trees on public land.",
            240,
            vec![],
        ),
        category("other", "Something else", "Other", "Anything else that is wrong in the street.", 240, vec![]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_unique_and_every_datatype_is_shown() {
        let categories = standard_categories();
        let codes: BTreeSet<_> = categories.iter().map(|category| category.code).collect();
        assert_eq!(codes.len(), 9);
        let datatypes: BTreeSet<_> = categories
            .iter()
            .flat_map(|c| &c.questions)
            .map(|q| serde_json::to_string(&q.datatype).expect("serialises"))
            .collect();
        assert_eq!(datatypes.len(), 6);
    }
}
