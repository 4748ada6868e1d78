//! What residents write: by category, topics whose title, details and picture belong together.

use crate::demo::pictures::Subject;

/// One thing that goes wrong in a street.
#[derive(Debug)]
pub struct Topic {
    /// Code of the category it is reported under; empty for any other.
    pub category: &'static str,
    /// What its photos show.
    pub subject: Subject,
    /// Titles. `{street}` stands for the street's name here and below.
    pub titles: &'static [&'static str],
    /// First sentences: what it is.
    pub what: &'static [&'static str],
    /// Last sentences: what comes of it.
    pub matters: &'static [&'static str],
    /// Answers to the category's list questions, by the question's code.
    pub answers: &'static [(&'static str, &'static str)],
}

/// Where exactly; `{n}` is a house number.
pub const WHERE: &[&str] = &[
    "It is outside number {n}.",
    "It is opposite number {n}.",
    "It is between numbers {n} and {m}.",
    "You find it just past the bend, coming from the main road.",
    "It is about twenty metres from the junction.",
    "It is right beside the bus stop.",
    "It is on the left going towards the centre.",
    "It is close to the crossing.",
    "It is at the corner, in front of the garages.",
    "It is near the end of {street}.",
    "Look by the postbox.",
    "It is by the entrance to the footpath.",
];

/// Since when.
pub const SINCE: &[&str] = &[
    "It has been like this for about two weeks.",
    "I first noticed it on Monday.",
    "It was not there last month.",
    "It appeared after the heavy rain.",
    "It has got worse over the last few days.",
    "This is the second time this year.",
    "It has been there since before the weekend.",
    "I pass it every day and nothing has changed for a while.",
    "I only saw it this morning.",
];

/// All topics.
pub const TOPICS: &[Topic] = &[
    Topic {
        category: "potholes",
        subject: Subject::Pothole,
        titles: &[
            "Deep pothole in {street}",
            "Pothole by the bus stop",
            "Large hole in the road",
            "Pothole that fills with water",
            "Several potholes in a row",
            "Pothole on the cycle route",
            "Hole opening up next to the drain cover",
            "Pothole in {street}, near the junction",
            "Old patch has broken out again",
        ],
        what: &[
            "There is a deep pothole in the carriageway.",
            "A hole about the size of a dinner plate has opened in the road.",
            "The edges are sharp and it is hard to see when it is full of water.",
            "The last repair has come out and left a hole with loose stones around it.",
            "There are three or four holes close together and you cannot steer round all of them.",
        ],
        matters: &[
            "Cars swerve into the other lane to avoid it.",
            "I nearly came off my bicycle there.",
            "Loose stones are being thrown up at people on the pavement.",
            "A neighbour has already had a damaged tyre.",
            "Buses hit it with a bang that wakes the street.",
            "It is on the way to the school and many children cycle here.",
        ],
        answers: &[("danger", "no")],
    },
    Topic {
        category: "potholes",
        subject: Subject::CrackedRoad,
        titles: &[
            "Road surface breaking up",
            "Cracked and crumbling road in {street}",
            "Surface coming away in large pieces",
            "Trench has sunk across the road",
        ],
        what: &[
            "The surface is cracked all over and pieces are coming loose.",
            "The trench from last year's works has sunk and the road is breaking up along it.",
            "A whole stretch of the surface is crumbling and the layer underneath shows.",
        ],
        matters: &[
            "It will be a row of potholes after the first frost.",
            "Motorcycles slide on the loose pieces.",
            "The noise from lorries going over it is very bad at night.",
            "It is very rough for anybody on a bicycle.",
        ],
        answers: &[("danger", "no")],
    },
    Topic {
        category: "pavements",
        subject: Subject::Paving,
        titles: &[
            "Broken paving slabs",
            "Loose slab that tips when you step on it",
            "Raised paving, easy to trip over",
            "Cracked pavement outside the shops",
            "Pavement lifted by a tree root",
            "Kerb broken away in {street}",
            "Missing slabs on {street}",
            "Uneven pavement, pram wheels get stuck",
        ],
        what: &[
            "Two of the slabs are cracked right through and one of them rocks.",
            "One slab stands about three centimetres above the next.",
            "A root has pushed the paving up so that there is a step in the middle of the pavement.",
            "A vehicle has driven over the pavement and several slabs are broken.",
            "Slabs were taken up and put back badly, with wide gaps between them.",
        ],
        matters: &[
            "An elderly neighbour tripped there and was lucky not to be hurt.",
            "With a wheelchair you have to go out into the road.",
            "It is hard to see after dark.",
            "When it rains, dirty water squirts up from under it.",
            "Anyone not looking at their feet will fall.",
        ],
        answers: &[("affected", "walking")],
    },
    Topic {
        category: "street-lights",
        subject: Subject::DarkLamp,
        titles: &[
            "Street light out",
            "Lamp not working in {street}",
            "Two lamps out next to each other",
            "Dark stretch of path at night",
            "Light has gone out again",
            "Street lamp dead for a week",
        ],
        what: &[
            "The lamp does not come on at all.",
            "The light has been off every evening this week.",
            "The lamp came back on after the last repair and has now failed again.",
            "Every other lamp in the row works, only this one stays dark.",
        ],
        matters: &[
            "The pavement is pitch dark there and people cross to the other side.",
            "Several neighbours do not feel safe walking home.",
            "You cannot see the steps at all.",
            "It is the only lamp near the crossing.",
        ],
        answers: &[("fault", "out")],
    },
    Topic {
        category: "street-lights",
        subject: Subject::DarkLamp,
        titles: &["Flickering street light", "Lamp goes on and off all night", "Street lamp in {street} flickers"],
        what: &[
            "The lamp flickers all evening.",
            "The light goes off for a minute, comes back, and goes off again.",
            "It buzzes and glows a dull orange.",
        ],
        matters: &[
            "It shines straight into a bedroom and is very hard to ignore.",
            "I expect it will fail altogether soon.",
            "Drivers take it for a warning light.",
        ],
        answers: &[("fault", "flickering")],
    },
    Topic {
        category: "street-lights",
        subject: Subject::DayLamp,
        titles: &["Street light on all day", "Lamp burning in broad daylight"],
        what: &["The lamp stays on day and night.", "The light has been burning in full sunshine."],
        matters: &["It is a waste of electricity.", "The sensor must be broken."],
        answers: &[("fault", "day")],
    },
    Topic {
        category: "street-lights",
        subject: Subject::LeaningLamp,
        titles: &[
            "Lamp post leaning over",
            "Damaged lamp post after a collision",
            "Lamp post knocked out of true in {street}",
        ],
        what: &[
            "The lamp post leans towards the road.",
            "A van seems to have reversed into the post and bent it.",
            "The ground around the foot of the post has cracked and the post has moved.",
        ],
        matters: &[
            "It moves in the wind.",
            "It may come down on a parked car.",
            "The cover at the bottom is loose too.",
        ],
        answers: &[("fault", "damaged")],
    },
    Topic {
        category: "fly-tipping",
        subject: Subject::Bags,
        titles: &[
            "Black bags dumped on the pavement",
            "Rubbish left by the garages",
            "Pile of bags in {street}",
            "Household waste tipped at the roadside",
            "Bags torn open, litter everywhere",
            "Builders' rubble dumped in the lay-by",
        ],
        what: &[
            "Somebody has left a pile of black bags overnight.",
            "At least eight bags of household rubbish have been dumped here.",
            "Bags have been thrown out of a vehicle and some have burst.",
        ],
        matters: &[
            "Gulls and foxes have started to open them.",
            "It has begun to smell.",
            "People with prams cannot get past.",
            "If it stays there, more will follow.",
        ],
        answers: &[("what", "Bags of household rubbish and a cardboard box")],
    },
    Topic {
        category: "fly-tipping",
        subject: Subject::Furniture,
        titles: &[
            "Sofa dumped on the pavement",
            "Old fridge and mattress left in {street}",
            "Furniture dumped by the recycling point",
            "Mattress left against the wall",
            "Tyres and a fridge dumped overnight",
        ],
        what: &[
            "A sofa and some bags have been left on the pavement.",
            "Somebody has dumped a fridge, a mattress and old tyres.",
            "A broken armchair and pieces of a wardrobe are blocking the footway.",
        ],
        matters: &[
            "It takes up most of the pavement.",
            "Children have started to play on it.",
            "It is soaked through and starting to rot.",
            "The fridge still has its door on, which is dangerous for children.",
        ],
        answers: &[("what", "Furniture and large household things")],
    },
    Topic {
        category: "graffiti",
        subject: Subject::Graffiti,
        titles: &[
            "Graffiti on the wall in {street}",
            "Spray paint on the underpass wall",
            "Tags all over the shutters",
            "Graffiti on the side of the library",
            "Paint on the bridge wall",
            "Fresh graffiti by the playground",
        ],
        what: &[
            "A whole wall has been covered in spray paint.",
            "New tags have appeared over the weekend.",
            "The wall was cleaned in the spring and has been painted again.",
            "There are tags on the wall and on the junction box.",
        ],
        matters: &[
            "It makes the whole street look neglected.",
            "It is the first thing visitors see when they come from the station.",
            "The longer it stays, the more is added.",
            "It runs over the old stonework, which is a pity.",
        ],
        answers: &[("offensive", "no")],
    },
    Topic {
        category: "signs",
        subject: Subject::BentSign,
        titles: &[
            "Road sign bent and facing the wrong way",
            "Speed limit sign knocked over",
            "Sign leaning over the pavement",
            "Warning sign hit by a vehicle",
            "Street name plate missing in {street}",
        ],
        what: &[
            "The sign has been hit and now points into the hedge.",
            "The post is bent so that the sign hangs over the pavement.",
            "The sign has turned round and cannot be read from the road.",
        ],
        matters: &[
            "Drivers do not see the limit and speed up here.",
            "Tall people walk into it.",
            "Deliveries keep going the wrong way.",
            "It could come down in a strong wind.",
        ],
        answers: &[],
    },
    Topic {
        category: "signs",
        subject: Subject::WornPaint,
        titles: &[
            "Zebra crossing almost worn away",
            "Road markings faded in {street}",
            "Crossing hard to see, paint gone",
        ],
        what: &[
            "The stripes of the crossing are so worn that you can hardly see them.",
            "The white lines at the junction have all but gone.",
            "The road was patched and the markings were never put back.",
        ],
        matters: &[
            "Cars no longer stop for people who want to cross.",
            "Nobody knows who has to give way.",
            "In the wet you cannot see them at all.",
        ],
        answers: &[],
    },
    Topic {
        category: "drains",
        subject: Subject::Gully,
        titles: &[
            "Blocked drain",
            "Gully full of leaves",
            "Drain in {street} blocked again",
            "Drain cover under mud and leaves",
        ],
        what: &[
            "The gully is choked with leaves and silt.",
            "No water goes down the drain any more.",
            "The grating is completely covered and a puddle stands around it.",
        ],
        matters: &[
            "Every shower leaves a puddle that lasts for days.",
            "In the winter it will freeze across the pavement.",
            "Passing cars soak everybody who waits for the bus.",
        ],
        answers: &[("inside", "no")],
    },
    Topic {
        category: "drains",
        subject: Subject::Flood,
        titles: &["Road floods whenever it rains", "Standing water across {street}", "Large puddle from kerb to kerb"],
        what: &[
            "The road is under water from kerb to kerb.",
            "After an hour of rain the whole dip in the road is flooded.",
            "Water comes up through the drains instead of going down.",
        ],
        matters: &[
            "Small cars turn round because they cannot get through.",
            "The water is close to the door steps.",
            "You have to walk a long way round to keep your feet dry.",
        ],
        answers: &[("inside", "no")],
    },
    Topic {
        category: "trees",
        subject: Subject::Branch,
        titles: &["Fallen branch on the pavement", "Branch down after the storm", "Large branch hanging over {street}"],
        what: &[
            "A thick branch has come down and lies across the pavement.",
            "A branch has split from the trunk in the wind.",
            "Half of the crown has broken off and lies partly in the road.",
        ],
        matters: &[
            "You have to step into the road to get past.",
            "More looks ready to fall.",
            "It is leaning on a garden wall and may damage it.",
        ],
        answers: &[],
    },
    Topic {
        category: "trees",
        subject: Subject::Hedge,
        titles: &[
            "Overgrown hedge blocks the pavement",
            "Hedge needs cutting back in {street}",
            "Brambles across the footpath",
        ],
        what: &[
            "The hedge has grown out over half the pavement.",
            "Brambles from the verge reach across the path at head height.",
            "The bushes hide the sign and the corner.",
        ],
        matters: &[
            "Two people cannot pass each other any more.",
            "Prams and wheelchairs have to use the road.",
            "Drivers cannot see who is coming round the corner.",
        ],
        answers: &[],
    },
    Topic {
        category: "",
        subject: Subject::Bench,
        titles: &[
            "Bench broken",
            "Broken seat at the bus stop",
            "Slats missing from the bench in {street}",
            "Damaged railing by the path",
        ],
        what: &[
            "Two slats of the bench are broken and lie on the ground.",
            "The seat has come away from its legs on one side.",
            "Screws stick out where the slats used to be.",
        ],
        matters: &[
            "There is nowhere else to rest on the way up the hill.",
            "Somebody could hurt themselves on it.",
            "It would be a pity to lose it.",
        ],
        answers: &[],
    },
];

/// How often each category is reported, roads first; any other counts 4.
pub fn weight(category: &str) -> u32 {
    match category {
        "potholes" => 27,
        "pavements" => 13,
        "street-lights" => 15,
        "fly-tipping" => 15,
        "graffiti" | "signs" => 7,
        "drains" => 8,
        "trees" => 6,
        _ => 4,
    }
}
