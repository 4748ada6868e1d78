//! Reading an `.osm.pbf` file: three times over, because a way names its nodes by number only and a relation its ways,
//! and keeping every node of a country in memory would not do.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use mendmap_shared::geo::LonLat;
use osmpbf::{Element, ElementReader, RelMemberType};

use super::classify::{self, Found, Line, Tags};
use crate::places::import::Options;
use crate::places::import::report::{BadRows, ImportError};
use crate::places::import::stage::{self, StagedLine, StagedPlace};

/// Two of one name as near as this are one: a shop drawn as a point in its own building.
const SAME_INTEREST_METRES: f64 = 100.0;
/// The flats of one house carry its number each.
const SAME_ADDRESS_METRES: f64 = 400.0;

/// What a file holds for us.
pub(super) struct Extract {
    pub lines: Vec<StagedLine>,
    pub places: Vec<StagedPlace>,
    /// Half-way between the southernmost and the northernmost line, in degrees.
    pub middle_lat: f64,
    pub bad: BadRows,
}

struct Way {
    id: i64,
    nodes: Vec<i64>,
    line: Option<Line>,
    places: Vec<Found>,
    /// The relations it is an outline of, by their position.
    outlines: Vec<usize>,
}

/// An area drawn in several ways.
struct Relation {
    id: i64,
    places: Vec<Found>,
}

/// For each way, the positions of the relations it is an outline of.
type Outlines = HashMap<i64, Vec<usize>>;

/// The nodes ways need, with their points once they are known.
type Nodes = HashMap<i64, Option<LonLat>>;

/// Reads the file.
pub(super) fn read(path: &Path, options: &Options) -> Result<Extract, ImportError> {
    let mut bad = BadRows::default();
    let size = std::fs::metadata(path).map_err(|error| ImportError::file(path, error))?.len();
    options.progress.reading(size * 3);

    let (relations, outlines) = read_relations(path, options)?;
    let (ways, mut nodes) = read_ways(path, options, &outlines, &mut bad)?;
    let mut places = Places::default();
    read_nodes(path, options, &mut nodes, &mut places, &mut bad)?;

    let mut lines = Vec::new();
    let mut boxes: Vec<Option<Extent>> = vec![None; relations.len()];
    let mut all: Option<Extent> = None;
    for way in &ways {
        let pieces = split_at_missing(&way.nodes, &nodes);
        let Some(extent) = pieces.iter().flatten().copied().map(Extent::of).reduce(Extent::with) else {
            // The whole way lies beyond the extract's edge.
            continue;
        };
        if let Some(line) = &way.line {
            all = Some(all.map_or(extent, |all| all.with(extent)));
            stage_line(way.id, line, &pieces, &mut lines);
        }
        for place in &way.places {
            places.take(place, "w", way.id, extent.centre());
        }
        for relation in &way.outlines {
            boxes[*relation] = Some(boxes[*relation].map_or(extent, |b| b.with(extent)));
        }
    }
    for (relation, extent) in relations.iter().zip(boxes) {
        let Some(extent) = extent else { continue };
        for place in &relation.places {
            places.take(place, "r", relation.id, extent.centre());
        }
    }
    Ok(Extract { lines, places: places.staged, middle_lat: all.map_or(0.0, |all| all.centre().1), bad })
}

fn for_each(path: &Path, options: &Options, work: impl FnMut(Element<'_>)) -> Result<(), ImportError> {
    let file = File::open(path).map_err(|error| ImportError::file(path, error))?;
    let reader = BufReader::new(options.progress.follow(file));
    ElementReader::new(reader).for_each(work).map_err(|error| ImportError::form(path, error))
}

/// The named areas drawn in several ways, and their outlines.
fn read_relations(path: &Path, options: &Options) -> Result<(Vec<Relation>, Outlines), ImportError> {
    let mut relations = Vec::new();
    let mut outlines = Outlines::new();
    for_each(path, options, |element| {
        let Element::Relation(relation) = element else { return };
        let tags: Tags<'_> = relation.tags().collect();
        if tags.get("type") != Some("multipolygon") {
            return;
        }
        let places = classify::places(&tags);
        if places.is_empty() {
            return;
        }
        for member in relation.members() {
            if member.member_type == RelMemberType::Way && member.role().is_ok_and(|role| role != "inner") {
                outlines.entry(member.member_id).or_default().push(relations.len());
            }
        }
        relations.push(Relation { id: relation.id(), places });
    })?;
    Ok((relations, outlines))
}

fn read_ways(
    path: &Path,
    options: &Options,
    outlines: &Outlines,
    bad: &mut BadRows,
) -> Result<(Vec<Way>, Nodes), ImportError> {
    let mut ways = Vec::new();
    let mut nodes = Nodes::new();
    for_each(path, options, |element| {
        let Element::Way(way) = element else { return };
        let tags: Tags<'_> = way.tags().collect();
        let (line, places) = (classify::line(&tags), classify::places(&tags));
        let outlines = outlines.get(&way.id()).cloned().unwrap_or_default();
        if line.is_none() && places.is_empty() && outlines.is_empty() {
            return;
        }
        let refs: Vec<i64> = way.refs().collect();
        if refs.len() < 2 {
            bad.push(format!("way {}", way.id()), "it has fewer than two points");
            return;
        }
        nodes.extend(refs.iter().map(|node| (*node, None)));
        ways.push(Way { id: way.id(), nodes: refs, line, places, outlines });
    })?;
    Ok((ways, nodes))
}

fn read_nodes(
    path: &Path,
    options: &Options,
    nodes: &mut Nodes,
    places: &mut Places,
    bad: &mut BadRows,
) -> Result<(), ImportError> {
    let mut take = |id: i64, lon: f64, lat: f64, tags: &Tags<'_>| {
        let wanted = nodes.get_mut(&id);
        let found = classify::places(tags);
        if wanted.is_none() && found.is_empty() {
            return;
        }
        match LonLat::new(lon, lat) {
            Ok(point) => {
                if let Some(wanted) = wanted {
                    *wanted = Some(point);
                }
                for place in &found {
                    places.take(place, "n", id, (lon, lat));
                }
            }
            Err(error) => bad.push(format!("node {id}"), error.to_string()),
        }
    };
    for_each(path, options, |element| match element {
        Element::Node(node) => take(node.id(), node.lon(), node.lat(), &node.tags().collect()),
        Element::DenseNode(node) => take(node.id(), node.lon(), node.lat(), &node.tags().collect()),
        Element::Way(_) | Element::Relation(_) => {}
    })
}

/// The points of a way, cut where a node is not in the file: an extract ends somewhere.
fn split_at_missing(way: &[i64], nodes: &Nodes) -> Vec<Vec<LonLat>> {
    let mut pieces = vec![Vec::new()];
    for node in way {
        match (nodes.get(node).copied().flatten(), pieces.last_mut()) {
            (Some(point), Some(piece)) => piece.push(point),
            _ => pieces.push(Vec::new()),
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

fn stage_line(id: i64, line: &Line, pieces: &[Vec<LonLat>], lines: &mut Vec<StagedLine>) {
    for (number, piece) in pieces.iter().filter(|piece| piece.len() >= 2).enumerate() {
        lines.push(StagedLine {
            class: line.class,
            name: line.name.clone(),
            name_alt: line.name_alt.clone(),
            importance: classify::street_importance(line.class),
            geom: stage::line(piece),
            source_key: if number == 0 { format!("w{id}") } else { format!("w{id}.{number}") },
        });
    }
}

/// West, south, east, north in degrees.
#[derive(Debug, Clone, Copy)]
struct Extent([f64; 4]);

impl Extent {
    fn of(point: LonLat) -> Self {
        Self([point.lon(), point.lat(), point.lon(), point.lat()])
    }

    fn with(self, other: Self) -> Self {
        let ([w, s, e, n], [w2, s2, e2, n2]) = (self.0, other.0);
        Self([w.min(w2), s.min(s2), e.max(e2), n.max(n2)])
    }

    /// Longitude and latitude.
    fn centre(self) -> (f64, f64) {
        let [w, s, e, n] = self.0;
        (f64::midpoint(w, e), f64::midpoint(s, n))
    }
}

/// The places found so far, each once.
#[derive(Default)]
struct Places {
    staged: Vec<StagedPlace>,
    known: HashMap<(&'static str, String), Vec<LonLat>>,
    keys: HashSet<String>,
}

impl Places {
    fn take(&mut self, place: &Found, element: &str, id: i64, (lon, lat): (f64, f64)) {
        let Ok(point) = LonLat::new(lon, lat) else { return };
        let same_metres = match place.kind {
            "address" => SAME_ADDRESS_METRES,
            _ => SAME_INTEREST_METRES,
        };
        let known = self.known.entry((place.kind, place.name.to_lowercase())).or_default();
        if known.iter().any(|other| other.metres_to(point) < same_metres) {
            return;
        }
        known.push(point);
        let source_key = format!("{}/{element}{id}", place.kind);
        if self.keys.insert(source_key.clone()) {
            self.staged.push(StagedPlace {
                kind: place.kind,
                name: place.name.clone(),
                name_alt: place.name_alt.clone(),
                importance: place.importance,
                location: stage::point(point),
                source_key,
            });
        }
    }
}
