//! What is said below a report: by the body, by its author, by neighbours. `{street}` and `{date}` are filled in.

use mendmap_shared::workflow::Status;

/// What a body writes when it sets a status.
pub fn from_body(category: &str, status: Status) -> &'static [&'static str] {
    match status {
        Status::Open => &["We have looked at this again and taken it back on. Thank you for your patience."],
        Status::Investigating => &[
            "Thank you for reporting this. An inspector will look at it within the next few working days.",
            "Thank you. We have asked our area inspector to visit {street}.",
            "We have received your report and are checking who has to be involved.",
        ],
        Status::ActionScheduled => &[
            "Our inspector has been. The work is planned for the week of {date}.",
            "This meets our criteria for repair. A crew is booked for {date}.",
            "We have ordered the work; it should be finished by {date}, weather permitting.",
        ],
        Status::InProgress => match category {
            "fly-tipping" | "graffiti" => {
                &["Our cleaning team is on its way to {street}.", "The team has started to clear the site."]
            }
            _ => &[
                "Our crew has started work in {street}.",
                "The site has been made safe. The lasting repair follows this week.",
                "Work has begun. Please take care when passing.",
            ],
        },
        Status::Fixed => match category {
            "potholes" => &[
                "The hole has been cut out, filled and sealed.",
                "A crew has repaired the road surface in {street}.",
                "Repaired with hot asphalt. Please tell us if it comes out again.",
            ],
            "pavements" => &["The damaged slabs have been replaced.", "The paving has been taken up and relaid level."],
            "street-lights" => &[
                "The lamp has been replaced with an LED and works again.",
                "A faulty cable joint was found and repaired.",
            ],
            "fly-tipping" => {
                &["The rubbish has been cleared.", "Our team cleared the site and looked for evidence of who left it."]
            }
            "graffiti" => &["The wall has been cleaned.", "The paint has been removed and the surface treated."],
            "signs" => &["The sign has been straightened and fixed.", "The markings have been repainted."],
            "drains" => &["The gully has been emptied and runs freely.", "We jetted the pipe and removed a blockage."],
            "trees" => &["The branch has been removed and the tree made safe.", "The growth has been cut back."],
            _ => &["This has been put right. Thank you for telling us."],
        },
        Status::Closed => match category {
            "potholes" | "pavements" => {
                &["This will be dealt with in the planned renewal of {street}, so we are closing this report."]
            }
            _ => &[
                "We could not find the problem when we visited. Please report it again with a photo if it is still there.",
            ],
        },
        Status::NoFurtherAction => match category {
            "potholes" | "pavements" => &[
                "Our inspector measured it: it does not reach the depth at which we repair. We will look again at the next inspection.",
            ],
            _ => &["We have looked at this and found it safe, so no work is planned."],
        },
        Status::NotResponsible => &[
            "This is on private land, so we cannot act. Please contact the owner.",
            "This belongs to the railway. We have passed your report on to them.",
        ],
        Status::Duplicate => &["Thank you. This has been reported already; please follow the other report."],
        Status::InternalReferral => match category {
            "trees" => &["We have passed this to our parks team, who will deal with it directly."],
            _ => &["We have passed this to the team in charge of {street}, who will deal with it directly."],
        },
        Status::Cancelled => &["Closed at the request of the person who reported it."],
    }
}

/// What the author writes when they set a status.
pub fn from_author(status: Status) -> &'static [&'static str] {
    match status {
        Status::Fixed => &[
            "It has been mended. Thank you!",
            "Fixed when I came past today.",
            "Done, and well done. Thanks to the crew.",
        ],
        Status::Cancelled => {
            &["I put the pin in the wrong place and have reported it again.", "No longer needed, sorry."]
        }
        _ => &[
            "It came back after the rain, so I am opening this again.",
            "Only half of it was done. The worse part is still there.",
            "The repair lasted three days.",
        ],
    }
}

/// What a neighbour writes who says it is fixed.
pub const RESIDENT_FIXED: &[&str] = &[
    "I live nearby: this has been done.",
    "Somebody was here yesterday, it is fixed now.",
    "This looks mended to me.",
];

/// Thanks after a repair.
pub const THANKS: &[&str] =
    &["Thank you, that was quick.", "Can confirm, all good now. Thank you.", "Much better. Thanks for the update."];

/// What people add while they wait.
pub fn waiting(category: &str) -> &'static [&'static str] {
    match category {
        "potholes" => &[
            "Still there this morning, and deeper.",
            "A second one is opening next to it.",
            "I hit it last night in the rain.",
            "Somebody has put a cone in it.",
        ],
        "pavements" => &[
            "Still loose. I saw somebody stumble today.",
            "Now the next slab has gone as well.",
            "Not safe with a pushchair.",
        ],
        "street-lights" => &[
            "Still dark tonight.",
            "The one opposite has started to flicker too.",
            "Came on for an hour and went out again.",
        ],
        "fly-tipping" => &[
            "More has been added overnight.",
            "Still there, and the bags are open now.",
            "The wind is spreading it down the street.",
        ],
        "graffiti" => &["There is more of it on the other side of the wall.", "Still there."],
        "signs" => {
            &["It is still pointing the wrong way.", "Nearly hit a cyclist there today because nobody can see it."]
        }
        "drains" => {
            &["Flooded again last night.", "Still blocked; there is grass growing in it.", "It smells now as well."]
        }
        "trees" => &["It has come down a bit further.", "Still blocking the path this morning."],
        _ => &["Still the same today.", "Any news on this?", "I have seen this too."],
    }
}
