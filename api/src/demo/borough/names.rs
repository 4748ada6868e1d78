//! Names of streets: none twice, but for the two pairs that show how places of one name are told apart.

use std::collections::BTreeSet;

/// A first word and what comes after it, in the style of a part of the town.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Crooked lanes of the old town.
    Lanes,
    /// Terraces on a grid.
    Terraces,
    /// Suburban roads that lead through: number of the ward.
    Avenues(usize),
    /// Dead ends of a suburb: number of the ward.
    Closes(usize),
    /// Works and docks.
    Works,
}

const LANES: &[&str] = &[
    "Cooper's Row",
    "Tanner's Lane",
    "Butter Lane",
    "Fish Street",
    "Mill Lane",
    "Chandler's Gate",
    "Weaver's Yard",
    "Salt Lane",
    "Friar's Walk",
    "Bell Yard",
    "Cloth Street",
    "Wharf Lane",
    "Candle Lane",
    "Sheep Street",
    "Dyer's Row",
    "Ropewalk",
    "Corn Street",
    "Anchor Steps",
    "Lantern Row",
    "Pump Lane",
    "Goose Gate",
    "Ferry Lane",
    "Pewter Street",
    "Nailer's Row",
    "Honey Lane",
    "Lime Kiln Lane",
    "Malt Street",
    "Netmakers' Row",
];
const TERRACES: &[&str] = &[
    "Albion",
    "Beaufort",
    "Clarendon",
    "Dover",
    "Exmoor",
    "Falmouth",
    "Granville",
    "Harlech",
    "Inkerman",
    "Jubilee",
    "Kelvin",
    "Lansdowne",
    "Montrose",
    "Norfolk",
    "Orchard",
    "Portland",
    "Quarry",
    "Rutland",
    "Somerset",
    "Trafalgar",
    "Union",
    "Vernon",
    "Wellington",
    "York",
    "Alma",
    "Balmoral",
    "Cambrian",
    "Durham",
];
/// Words by ward: trees, birds, flowers, hills, metals, water, shore.
const WARD_WORDS: [&[&str]; 7] = [
    &[
        "Ash", "Beech", "Cedar", "Elder", "Hazel", "Hornbeam", "Juniper", "Larch", "Linden", "Maple", "Oak", "Poplar",
        "Rowan", "Sycamore", "Walnut", "Willow", "Alder", "Aspen", "Laurel", "Holly", "Chestnut", "Elm", "Hawthorn",
        "Yew",
    ],
    &[
        "Lark",
        "Linnet",
        "Plover",
        "Swift",
        "Kestrel",
        "Curlew",
        "Dunlin",
        "Finch",
        "Goldcrest",
        "Heron",
        "Kingfisher",
        "Lapwing",
        "Martin",
        "Nightingale",
        "Osprey",
        "Partridge",
        "Redwing",
        "Siskin",
        "Teal",
        "Warbler",
        "Wagtail",
        "Fieldfare",
        "Bunting",
        "Swallow",
    ],
    &[
        "Bluebell",
        "Bramble",
        "Campion",
        "Clover",
        "Columbine",
        "Cornflower",
        "Foxglove",
        "Gorse",
        "Harebell",
        "Heather",
        "Iris",
        "Jasmine",
        "Lavender",
        "Lupin",
        "Marigold",
        "Orchid",
        "Pimpernel",
        "Primrose",
        "Rosemary",
        "Saffron",
        "Sorrel",
        "Tansy",
        "Thistle",
        "Violet",
    ],
    &[
        "Abbot", "Beacon", "Chapel", "Cloister", "Dovecote", "Priory", "Rectory", "Steeple", "Tithe", "Vicarage",
        "Bishop", "Canon", "Deacon", "Friary", "Grange", "Minster", "Pilgrim", "Psalter", "Sexton", "Verger",
        "Almoner", "Chantry", "Lychgate", "Belfry",
    ],
    &[
        "Amber", "Bronze", "Cobalt", "Copper", "Crucible", "Furnace", "Garnet", "Granite", "Hammer", "Iron", "Jasper",
        "Marble", "Onyx", "Opal", "Pearl", "Quartz", "Ruby", "Sapphire", "Silver", "Slate", "Steel", "Tin", "Topaz",
        "Zinc",
    ],
    &[
        "Barge",
        "Brook",
        "Cascade",
        "Eddy",
        "Fen",
        "Ford",
        "Lock",
        "Meadow",
        "Millrace",
        "Paddle",
        "Pond",
        "Reed",
        "Rill",
        "Rush",
        "Sedge",
        "Sluice",
        "Spring",
        "Towpath",
        "Wade",
        "Watermill",
        "Weir",
        "Well",
        "Withy",
        "Bulrush",
    ],
    &[
        "Anchor",
        "Sandbar",
        "Buoy",
        "Capstan",
        "Cockle",
        "Compass",
        "Coral",
        "Driftwood",
        "Dune",
        "Estuary",
        "Harbour",
        "Headland",
        "Keel",
        "Marram",
        "Mooring",
        "Pebble",
        "Quay",
        "Rudder",
        "Samphire",
        "Schooner",
        "Shingle",
        "Spinnaker",
        "Tidal",
        "Windlass",
    ],
];
const THROUGH: &[&str] = &["Avenue", "Road", "Drive", "Way", "Crescent"];
const DEAD_ENDS: &[&str] = &["Close", "Court", "Gardens", "Place", "Mews", "Grove", "Walk"];
const WORKS: &[&str] = &[
    "Foundry Road",
    "Gasholder Way",
    "Cable Street",
    "Engine Shed Road",
    "Dock Road",
    "Timber Yard Road",
    "Boiler Street",
    "Signal Way",
    "Wagon Works Road",
    "Tramway Road",
    "Kiln Road",
    "Power Station Road",
];
/// Welsh names of some of them.
const WELSH: &[(&str, &str)] = &[
    ("High Street", "Stryd Fawr"),
    ("Castle Street", "Stryd y Castell"),
    ("Market Place", "Maes y Farchnad"),
    ("Bridge Street", "Stryd y Bont"),
    ("Mill Lane", "Lôn y Felin"),
    ("Station Road", "Heol yr Orsaf"),
    ("Abbey Road", "Heol yr Abaty"),
    ("Harbour Road", "Heol yr Harbwr"),
    ("Quarry Street", "Stryd y Chwarel"),
    ("Orchard Street", "Stryd y Berllan"),
    ("Ferry Lane", "Lôn y Fferi"),
    ("Fish Street", "Stryd y Pysgod"),
    ("Salt Lane", "Lôn yr Halen"),
    ("Northern Way", "Ffordd y Gogledd"),
    ("Southern Way", "Ffordd y De"),
    ("Oak Avenue", "Rhodfa'r Dderwen"),
    ("Chapel Close", "Clos y Capel"),
    ("Heron Drive", "Rhodfa'r Crëyr"),
    ("Union Street", "Stryd yr Undeb"),
    ("Dock Road", "Heol y Doc"),
    ("Corn Street", "Stryd yr Ŷd"),
    ("Sheep Street", "Stryd y Defaid"),
    ("Moor Road", "Heol y Rhos"),
];

/// Gives out names, each once.
pub struct Names {
    taken: BTreeSet<String>,
}

impl Names {
    /// With none given out.
    pub const fn new() -> Self {
        Self { taken: BTreeSet::new() }
    }

    /// The next free name of a style, the Welsh one with it where there is one.
    pub fn next(&mut self, style: Style) -> (String, Option<String>) {
        let words = |ward: usize| WARD_WORDS[(ward + 6) % 7];
        let joined = |firsts: &[&str], lasts: &[&str]| -> Vec<String> {
            // Diagonally through both lists, so that neighbours share neither word.
            let rounds = lasts.len();
            (0..rounds)
                .flat_map(|round| {
                    firsts.iter().enumerate().map(move |(n, first)| format!("{first} {}", lasts[(n + round) % rounds]))
                })
                .collect()
        };
        let candidates = match style {
            Style::Lanes => LANES.iter().map(ToString::to_string).collect(),
            Style::Terraces => joined(TERRACES, &["Street", "Terrace", "Road"]),
            Style::Avenues(ward) => joined(words(ward), THROUGH),
            Style::Closes(ward) => joined(words(ward), DEAD_ENDS),
            Style::Works => WORKS.iter().map(ToString::to_string).collect(),
        };
        // No two streets of the borough but for the pairs below begin alike within one style list.
        let free = candidates.iter().find(|name| !self.taken.contains(*name));
        let name = free.cloned().unwrap_or_else(|| format!("Back Lane {}", self.taken.len()));
        self.take(&name)
    }

    /// A name that is meant, given out however often it is asked for.
    pub fn take(&mut self, name: &str) -> (String, Option<String>) {
        self.taken.insert(name.to_owned());
        let welsh = WELSH.iter().find(|(english, _)| *english == name).map(|(_, welsh)| (*welsh).to_owned());
        (name.to_owned(), welsh)
    }
}
