//! What an element's tags say it is. Pure: no file, no database.

/// The tags of one element.
#[derive(Debug, Clone, Default)]
pub(super) struct Tags<'a>(Vec<(&'a str, &'a str)>);

impl<'a> FromIterator<(&'a str, &'a str)> for Tags<'a> {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(tags: I) -> Self {
        // The database takes every character but NUL.
        let usable = |value: &str| !value.is_empty() && !value.contains('\0');
        Self(tags.into_iter().map(|(key, value)| (key, value.trim())).filter(|(_, value)| usable(value)).collect())
    }
}

impl<'a> Tags<'a> {
    /// A tag's value.
    pub fn get(&self, key: &str) -> Option<&'a str> {
        self.0.iter().find(|(k, _)| *k == key).map(|(_, value)| *value)
    }

    fn is(&self, key: &str, value: &str) -> bool {
        self.get(key) == Some(value)
    }

    /// Name, and the name in the other language: Welsh, or English where the first is Welsh.
    pub fn names(&self) -> Option<(String, Option<String>)> {
        let name = self.get("name")?;
        let other = ["name:cy", "name:en"].iter().filter_map(|key| self.get(key)).find(|other| *other != name);
        Some((name.to_owned(), other.map(str::to_owned)))
    }
}

/// How a line is drawn, as the database has it.
pub(in super::super) type LineClass = &'static str;

/// Importance of a street of which nothing more is known.
pub(in super::super) const PLAIN_STREET_IMPORTANCE: f32 = 0.4;
const ADDRESS_IMPORTANCE: f32 = 0.1;

/// The class of a `highway=` value; nothing for what is no street or not there yet.
pub(in super::super) fn highway_class(highway: &str) -> Option<LineClass> {
    Some(match highway {
        "motorway" | "motorway_link" | "trunk" | "trunk_link" => "trunk",
        "primary" | "primary_link" | "secondary" | "secondary_link" | "tertiary" | "tertiary_link" => "main",
        "residential" | "unclassified" | "living_street" | "service" | "road" | "pedestrian" | "busway" => "minor",
        "footway" | "path" | "steps" | "cycleway" | "bridleway" | "track" => "path",
        _ => return None,
    })
}

/// How important a street of a class is in a search.
pub(in super::super) fn street_importance(class: LineClass) -> f32 {
    match class {
        "trunk" => 0.5,
        "main" => 0.45,
        "path" => 0.3,
        _ => PLAIN_STREET_IMPORTANCE,
    }
}

/// A way drawn as a line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub class: LineClass,
    pub name: Option<String>,
    pub name_alt: Option<String>,
}

/// The line a way is drawn as: a street, a river or a railway.
pub(super) fn line(tags: &Tags<'_>) -> Option<Line> {
    let names = tags.names();
    let class = if let Some(highway) = tags.get("highway") {
        let class = highway_class(highway)?;
        if names.is_none() && tags.is("area", "yes") {
            return None;
        }
        // Drives and the lanes of car parks are no streets anybody looks for: drawn as thinly as paths.
        let side = names.is_none() && matches!(tags.get("service"), Some("driveway" | "parking_aisle"));
        if side { "path" } else { class }
    } else if let Some(waterway) = tags.get("waterway") {
        let drawn = match waterway {
            "river" | "canal" | "stream" | "tidal_channel" => true,
            "drain" | "ditch" => names.is_some(),
            _ => false,
        };
        if !drawn || tags.is("tunnel", "culvert") {
            return None;
        }
        "water"
    } else if tags.is("natural", "coastline") {
        "water"
    } else if matches!(tags.get("railway")?, "rail" | "light_rail" | "tram" | "narrow_gauge" | "subway")
        && tags.get("service").is_none()
    {
        "rail"
    } else {
        return None;
    };
    // People call a motorway or a bypass by its number.
    let by_number = || match tags.get("highway") {
        Some("motorway" | "trunk" | "primary") => {
            tags.get("ref").and_then(|all| all.split(';').next()).map(|number| (number.trim().to_owned(), None))
        }
        _ => None,
    };
    let (name, name_alt) = match names.or_else(by_number) {
        Some((name, name_alt)) => (Some(name), name_alt),
        None => (None, None),
    };
    Some(Line { class, name, name_alt })
}

/// A place of its own, apart from streets.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    pub kind: &'static str,
    pub name: String,
    pub name_alt: Option<String>,
    pub importance: f32,
}

/// The places an element is: a shop in a house with a number is two.
pub(super) fn places(tags: &Tags<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    if let Some((name, name_alt)) = tags.names() {
        if let Some(importance) = locality_importance(tags) {
            found.push(Found { kind: "locality", name, name_alt, importance });
        } else if let Some(importance) = interest_importance(tags) {
            found.push(Found { kind: "point_of_interest", name, name_alt, importance });
        }
    }
    found.extend(addresses(tags));
    found
}

fn locality_importance(tags: &Tags<'_>) -> Option<f32> {
    Some(match tags.get("place")? {
        "city" => 1.0,
        "town" => 0.9,
        "village" => 0.7,
        "suburb" => 0.6,
        "quarter" => 0.55,
        "hamlet" => 0.5,
        "neighbourhood" => 0.45,
        "locality" | "island" | "square" => 0.35,
        "farm" | "isolated_dwelling" => 0.3,
        _ => return None,
    })
}

fn interest_importance(tags: &Tags<'_>) -> Option<f32> {
    let known = matches!(tags.get("railway"), Some("station" | "halt"))
        || matches!(
            tags.get("amenity"),
            Some("hospital" | "university" | "college" | "townhall" | "bus_station" | "library")
        )
        || tags.is("man_made", "bridge")
        || tags.is("leisure", "park");
    if known {
        return Some(0.38);
    }
    let named_by = ["amenity", "shop", "office", "leisure", "tourism", "historic", "healthcare", "craft"];
    let of_kind = named_by.iter().any(|key| tags.get(key).is_some())
        || matches!(
            tags.get("landuse"),
            Some(
                "retail"
                    | "industrial"
                    | "commercial"
                    | "cemetery"
                    | "allotments"
                    | "recreation_ground"
                    | "village_green"
            )
        )
        || matches!(tags.get("natural"), Some("wood" | "water" | "beach" | "peak"));
    of_kind.then_some(0.2)
}

/// `12 Commercial Street`; and `Friars Court, Abbots Mews` for a house with a name, or `Unit 5c, Leeway Court`. Only what
/// begins with a digit is looked for as an address, so these are places of their own.
fn addresses(tags: &Tags<'_>) -> Vec<Found> {
    let Some(street) = tags.get("addr:street").or_else(|| tags.get("addr:place")) else { return Vec::new() };
    let (numbers, names): (Vec<&str>, Vec<&str>) = ["addr:housenumber", "addr:housename"]
        .into_iter()
        .filter_map(|key| tags.get(key))
        .partition(|value| value.starts_with(|c: char| c.is_ascii_digit()));
    let number = numbers.into_iter().next().map(|number| Found {
        kind: "address",
        name: format!("{number} {street}"),
        name_alt: None,
        importance: ADDRESS_IMPORTANCE,
    });
    let named = names.into_iter().filter(|house| tags.get("name") != Some(*house)).map(|house| Found {
        kind: "point_of_interest",
        name: format!("{house}, {street}"),
        name_alt: None,
        importance: ADDRESS_IMPORTANCE,
    });
    number.into_iter().chain(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(list: &[(&'static str, &'static str)]) -> Tags<'static> {
        list.iter().copied().collect()
    }

    #[test]
    fn a_street_knows_its_other_name_whichever_language_comes_first() {
        let welsh_second =
            tags(&[("highway", "residential"), ("name", "Commercial Street"), ("name:cy", "Stryd Fasnachol")]);
        let english_second = tags(&[
            ("highway", "residential"),
            ("name", "Heol Las"),
            ("name:cy", "Heol Las"),
            ("name:en", "Green Road"),
        ]);
        assert_eq!(line(&welsh_second).and_then(|line| line.name_alt).as_deref(), Some("Stryd Fasnachol"));
        assert_eq!(line(&english_second).and_then(|line| line.name_alt).as_deref(), Some("Green Road"));
    }

    #[test]
    fn what_is_no_street_yet_or_no_more_is_not_drawn() {
        for list in [
            &[("highway", "proposed"), ("name", "Future Road")][..],
            &[("highway", "bus_stop"), ("name", "Stop")],
            &[("waterway", "stream"), ("tunnel", "culvert")],
            &[("waterway", "ditch")],
            &[("railway", "abandoned")],
            &[("railway", "rail"), ("service", "yard")],
            &[("building", "yes")],
        ] {
            assert_eq!(line(&tags(list)), None, "{list:?}");
        }
    }

    #[test]
    fn a_motorway_without_a_name_goes_by_its_number() {
        let motorway = line(&tags(&[("highway", "motorway"), ("ref", "M4;E30")])).expect("a line");
        assert_eq!((motorway.class, motorway.name.as_deref()), ("trunk", Some("M4")));
    }

    #[test]
    fn a_shop_in_a_house_with_a_number_is_two_places() {
        let list = [("shop", "bakery"), ("name", "Crust"), ("addr:housenumber", "12"), ("addr:street", "High Street")];
        let kinds: Vec<_> = places(&tags(&list)).into_iter().map(|place| (place.kind, place.name)).collect();
        assert_eq!(kinds, [("point_of_interest", "Crust".to_owned()), ("address", "12 High Street".to_owned())]);
    }

    #[test]
    fn a_house_without_a_number_goes_by_its_name() {
        let place = |key, value| {
            let list = [(key, value), ("addr:street", "Abbots Mews")];
            places(&tags(&list)).into_iter().map(|place| (place.kind, place.name)).collect::<Vec<_>>()
        };
        let house = |name: &str| [("point_of_interest", format!("{name}, Abbots Mews"))];
        assert_eq!(place("addr:housename", "Friars Court"), house("Friars Court"));
        assert_eq!(place("addr:housenumber", "Unit 5c"), house("Unit 5c"));
        assert_eq!(place("addr:housename", "5"), [("address", "5 Abbots Mews".to_owned())]);
    }
}
