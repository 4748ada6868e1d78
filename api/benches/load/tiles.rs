//! Which tiles are asked for: visitors who look around on the map, the same ones in every run.

use std::collections::BTreeSet;

use chrono::Utc;
use diesel::prelude::*;
use diesel::sql_types::{Double, Text};
use mendmap::map::queries::{self, Counted};
use mendmap::map::rules::{NUMBERED_LEVEL, most_pins};
use mendmap_shared::gather::cell_level;
use mendmap_shared::geo::{LonLat, TileXyz};
use mendmap_shared::map_filter::MapFilter;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::databases::Database;
use crate::pgbench::Script;

const SEED: u64 = 0x6d61_7073;
/// Visitors of the trace.
const VISITORS: usize = 150;
/// Views that each of them looks at.
const VIEWS: usize = 14;
/// Zooms they keep to, and where they begin.
const ZOOMS: std::ops::RangeInclusive<u8> = 8..=19;
const FIRST_ZOOM: u8 = 13;
/// A view's width and height in tiles: a window of 1280 by 900 pixels beside the list.
const VIEW: (f64, f64) = (3.3, 3.0);
/// Zooms of a map of the whole country.
const LOW_ZOOMS: std::ops::RangeInclusive<u8> = 0..=10;

/// A tile, and what is shown of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    tile: TileXyz,
    filter: MapFilter,
}

/// What there is to look at: places where reports are, and filters that find some.
#[derive(Debug)]
pub struct Ground {
    places: Vec<LonLat>,
    /// 60 of 100 visitors see everything, 25 what is open, 15 one kind, one body or some months.
    filters: Vec<MapFilter>,
}

#[derive(QueryableByName)]
struct Place {
    #[diesel(sql_type = Double)]
    lon: f64,
    #[diesel(sql_type = Double)]
    lat: f64,
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

impl Ground {
    /// Looks at the smallest database. The addresses made of it are asked of every one.
    pub fn of(database: &Database) -> anyhow::Result<Self> {
        let conn = &mut database.connect()?;
        let places: Vec<Place> = diesel::sql_query(
            "SELECT ST_X(location) AS lon, ST_Y(location) AS lat FROM reports WHERE visibility = 'published' \
             ORDER BY md5(id::text) LIMIT 500",
        )
        .load(conn)?;
        let mut words = |query: &str| -> anyhow::Result<Vec<String>> {
            let words: Vec<Word> = diesel::sql_query(query).load(conn)?;
            Ok(words.into_iter().map(|row| row.word).collect())
        };
        let categories =
            words("SELECT category_code AS word FROM reports GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 3")?;
        let bodies = words("SELECT slug AS word FROM bodies ORDER BY id LIMIT 2")?;
        let mut narrow: Vec<(&str, String)> = categories.into_iter().map(|code| ("category", code)).collect();
        narrow.extend(bodies.into_iter().map(|slug| ("body", slug)));
        narrow.extend(["1", "3", "12"].map(|months| ("age", months.to_owned())));
        let mut filters = vec![MapFilter::default(); 60];
        filters.extend(vec![MapFilter::read([("status", "open")])?; 25]);
        for pair in narrow.iter().cycle().take(15) {
            filters.push(MapFilter::read([(pair.0, &pair.1)])?);
        }
        let places = places.iter().map(|place| LonLat::new(place.lon, place.lat)).collect::<Result<Vec<_>, _>>()?;
        anyhow::ensure!(!places.is_empty(), "there are no reports");
        Ok(Self { places, filters })
    }

    /// Where some of the reports are, in no order.
    pub fn places(&self) -> &[LonLat] {
        &self.places
    }

    /// The tiles that visitors ask for, in the order in which they do: each begins where reports are, moves by half a view
    /// and zooms in and out. A tile that was in sight just before is not asked for again.
    pub fn walk(&self) -> anyhow::Result<Vec<Asked>> {
        let random = &mut ChaCha8Rng::seed_from_u64(SEED);
        let mut asked = Vec::new();
        for _ in 0..VISITORS {
            let Some((place, filter)) = self.places.choose(random).zip(self.filters.choose(random)) else { break };
            let mut zoom = FIRST_ZOOM;
            let mut centre = on_map(*place, zoom)?;
            let mut in_sight = BTreeSet::new();
            for _ in 0..VIEWS {
                let now = view(centre, zoom);
                for (x, y) in now.difference(&in_sight) {
                    asked.push(Asked { tile: TileXyz::new(zoom, *x, *y)?, filter: filter.clone() });
                }
                in_sight = now;
                match random.random_range(0..10) {
                    0..5 => {
                        let (right, down) =
                            *[(0.5, 0.0), (-0.5, 0.0), (0.0, 0.5), (0.0, -0.5)].choose(random).unwrap_or(&(0.5, 0.0));
                        centre = (centre.0 + right * VIEW.0, centre.1 + down * VIEW.1);
                    }
                    5..8 if zoom < *ZOOMS.end() => {
                        zoom += 1;
                        centre = (centre.0 * 2.0, centre.1 * 2.0);
                        in_sight.clear();
                    }
                    _ if zoom > *ZOOMS.start() => {
                        zoom -= 1;
                        centre = (centre.0 / 2.0, centre.1 / 2.0);
                        in_sight.clear();
                    }
                    _ => {}
                }
            }
        }
        Ok(asked)
    }

    /// Tiles of low zooms around some of the places, with every filter.
    pub fn low(&self) -> anyhow::Result<Vec<Asked>> {
        let random = &mut ChaCha8Rng::seed_from_u64(SEED);
        let mut asked = Vec::new();
        for zoom in LOW_ZOOMS {
            let tiles = self.places.iter().map(|place| TileXyz::containing(*place, zoom));
            let mut tiles = tiles.collect::<Result<Vec<_>, _>>()?;
            tiles.dedup();
            for filter in &self.filters {
                let Some(tile) = tiles.choose(random) else { continue };
                asked.push(Asked { tile: *tile, filter: filter.clone() });
            }
        }
        Ok(asked)
    }

    /// The tiles of the walk, each once, those first that are asked for most often.
    pub fn hottest(&self) -> anyhow::Result<Vec<Asked>> {
        let mut counted: Vec<(usize, Asked)> = Vec::new();
        for one in self.walk()? {
            match counted.iter_mut().find(|(_, known)| *known == one) {
                Some((count, _)) => *count += 1,
                None => counted.push((1, one)),
            }
        }
        counted.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
        Ok(counted.into_iter().map(|(_, one)| one).collect())
    }
}

/// Where a point lies on the map of this zoom, in tiles.
fn on_map(point: LonLat, zoom: u8) -> anyhow::Result<(f64, f64)> {
    let tile = TileXyz::containing(point, zoom)?;
    let (x, y) = tile.fraction(point);
    Ok((f64::from(tile.x()) + x, f64::from(tile.y()) + y))
}

/// Columns and rows in sight.
fn view((x, y): (f64, f64), zoom: u8) -> BTreeSet<(u32, u32)> {
    let last = f64::from((1_u32 << zoom) - 1);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the map just before")]
    let cell = |at: f64| at.floor().clamp(0.0, last) as u32;
    let span = |middle: f64, width: f64| cell(middle - width / 2.0)..=cell(middle + width / 2.0);
    span(x, VIEW.0).flat_map(|column| span(y, VIEW.1).map(move |row| (column, row))).collect()
}

impl Asked {
    /// Its address.
    pub fn path(&self) -> String {
        self.path_as("json")
    }

    /// Its address as a vector tile.
    pub fn vector_path(&self) -> String {
        self.path_as("mvt")
    }

    fn path_as(&self, ending: &str) -> String {
        let (tile, filter) = (self.tile, self.filter.to_string());
        let question = if filter.is_empty() { "" } else { "?" };
        format!("/api/v1/map/{}/{}/{}.{ending}{question}{filter}", tile.z(), tile.x(), tile.y())
    }

    /// What the server asks the database for it: the name of the statement, and its parameters.
    fn execute(&self) -> String {
        self.execute_with("")
    }

    /// The same for the statement that makes a vector tile of it.
    fn execute_vector(&self) -> String {
        self.execute_with(&format!(", {}, {}, {}", self.tile.z(), self.tile.x(), self.tile.y()))
    }

    fn execute_with(&self, more: &str) -> String {
        let (filter, first_month) = (&self.filter, self.filter.first_month(Utc::now()));
        let asked = queries::Asked { tile: self.tile, filter: filter.clone(), first_month };
        let cells = self.tile.cells(NUMBERED_LEVEL);
        let quoted =
            |text: Option<&str>| text.map_or("NULL".to_owned(), |text| format!("'{}'", text.replace('\'', "''")));
        let statuses = filter.statuses().iter().map(|group| group.as_str()).collect::<Vec<_>>().join(",");
        let parameters = [
            cell_level(self.tile.z()).to_string(),
            cells.start().to_string(),
            cells.end().to_string(),
            quoted((!statuses.is_empty()).then_some(&*statuses)),
            most_pins(self.tile.z()).to_string(),
            quoted(filter.category()),
            quoted(filter.body()),
            first_month.map_or("NULL".to_owned(), |month| month.to_string()),
        ];
        let arrays: Vec<_> =
            parameters.iter().zip(TYPES.split(", ")).map(|(one, kind)| format!("ARRAY[{one}]::{kind}")).collect();
        format!("EXECUTE {}({}{more});", name(Counted::for_tile(&asked)), arrays.join(", "))
    }
}

/// What pgbench calls the statement.
const fn name(counted: Counted) -> &'static str {
    match counted {
        Counted::All => "counts",
        Counted::ByMonth => "month_counts",
        Counted::ByKind => "kind_counts",
    }
}

const TYPES: &str = "integer[], bigint[], bigint[], text[], bigint[], text[], text[], integer[]";

/// The same from the database alone: one run of it is all of the tiles.
pub fn script(asked: &[Asked]) -> anyhow::Result<Script> {
    let prepared =
        Counted::EACH.map(|counted| (name(counted).to_owned(), TYPES.to_owned(), counted.statement().to_owned()));
    let lines: Vec<String> = asked.iter().map(Asked::execute).collect();
    Script::new(&prepared, &lines, asked.len())
}

/// The vector tiles from the database alone, encoded by PostGIS: the same reports and clusters with the same attributes.
pub fn vector_script(asked: &[Asked]) -> anyhow::Result<Script> {
    let encoded = |text: &str| {
        format!(
            "WITH shown AS MATERIALIZED (\n{text}\n),
             drawn AS MATERIALIZED (
                 SELECT *, ST_AsMVTGeom(ST_Transform(ST_SetSRID(ST_MakePoint(lon, lat), 4326), 3857), ST_TileEnvelope($9, $10, $11)) AS geom
                 FROM shown)
             SELECT (SELECT ST_AsMVT(pins, 'reports', 4096, 'geom')
                     FROM (SELECT id, status_group, title, category_name AS category, geom FROM drawn WHERE id IS NOT NULL) AS pins)
                 || (SELECT ST_AsMVT(clusters, 'clusters', 4096, 'geom')
                     FROM (SELECT open + fixed + closed AS count, open, fixed, closed, geom FROM drawn WHERE id IS NULL) AS clusters)"
        )
    };
    let types = format!("{TYPES}, integer, integer, integer");
    let prepared = Counted::EACH.map(|counted| (name(counted).to_owned(), types.clone(), encoded(counted.statement())));
    let lines: Vec<String> = asked.iter().map(Asked::execute_vector).collect();
    Script::new(&prepared, &lines, asked.len())
}
