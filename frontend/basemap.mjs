// The base map of a PMTiles file with OpenMapTiles' layers, drawn by protomaps-leaflet in the style sheet's colours. Fetched
// only where such a file is configured.
import { PMTiles } from "pmtiles";
import {
  CenteredTextSymbolizer,
  LineLabelSymbolizer,
  LineSymbolizer,
  PolygonSymbolizer,
  leafletLayer,
} from "protomaps-leaflet";

/** Classes of `transportation`, and the names of the colours they are drawn in. */
const TRUNK = ["motorway", "trunk"];
const MAIN = ["primary", "secondary"];
const MINOR = ["tertiary", "minor", "service", "busway", "raceway"];
const PATH = ["path", "track", "pedestrian", "cycleway", "footway"];

/** A width in pixels that grows with the zoom: nothing at `from`, `at18` at zoom 18. */
const width = (from, at18) => (zoom) => Math.max(0.5, at18 * 1.45 ** (zoom - 18) * (zoom >= from ? 1 : 0));

const isOf = (classes) => (_, feature) => classes.includes(feature.props.class);

function rules() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(`--map-${name}`).trim();
  const font = style.getPropertyValue("--font").trim() || "sans-serif";
  const fill = (dataLayer, name, filter, opacity = 1) => ({
    dataLayer,
    filter,
    symbolizer: new PolygonSymbolizer({ fill: colour(name), opacity }),
  });
  const line = (classes, name, from, at18, dash) => ({
    dataLayer: "transportation",
    minzoom: from,
    filter: isOf(classes),
    symbolizer: new LineSymbolizer({ color: colour(name), width: width(from, at18), lineCap: "round", lineJoin: "round", dash }),
  });
  const paint = [
    fill("landcover", "green", isOf(["grass", "wood", "forest"]), 0.5),
    fill("park", "green", undefined, 0.5),
    fill("landuse", "green", isOf(["park", "cemetery", "pitch", "playground"]), 0.5),
    fill("water", "water"),
    { dataLayer: "waterway", symbolizer: new LineSymbolizer({ color: colour("water"), width: width(8, 6) }) },
    { ...fill("building", "casing", undefined, 0.6), minzoom: 14 },
    line(["rail", "transit"], "rail", 11, 3, [4, 3]),
    line(PATH, "path", 14, 2, [3, 2]),
    line(MINOR, "casing", 12, 15),
    line(MAIN, "casing", 9, 20),
    line(TRUNK, "casing", 7, 22),
    line(MINOR, "minor", 12, 12),
    line(MAIN, "main", 9, 17),
    line(TRUNK, "trunk", 7, 19),
  ];
  const text = { fill: colour("name"), stroke: colour("halo"), width: 3 };
  const label = [
    {
      dataLayer: "place",
      filter: isOf(["city", "town", "village", "suburb"]),
      maxzoom: 15,
      symbolizer: new CenteredTextSymbolizer({ ...text, labelProps: ["name"], font: `600 14px ${font}` }),
      sort: (a, b) => (a.rank ?? 99) - (b.rank ?? 99),
    },
    {
      dataLayer: "transportation_name",
      minzoom: 14,
      symbolizer: new LineLabelSymbolizer({ ...text, labelProps: ["name"], font: `12px ${font}` }),
    },
  ];
  return { paint, label, ground: colour("ground") };
}

/** The base map of the file at this address, as a Leaflet layer. */
export default async function baseMap(url) {
  // Read first: a file that is not there, or is none, shows here and not tile by tile.
  const file = new PMTiles(new URL(url, location.href).href);
  const { maxZoom } = await file.getHeader();
  const first = rules();
  const layer = leafletLayer({
    url: file,
    maxDataZoom: maxZoom,
    maxZoom: 20,
    paintRules: first.paint,
    labelRules: first.label,
    backgroundColor: first.ground,
    attribution: "",
  });
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  const repaint = () => {
    const now = rules();
    Object.assign(layer, { paintRules: now.paint, labelRules: now.label, backgroundColor: now.ground });
    layer.clearLayout();
    layer.rerenderTiles();
  };
  layer.on("add", () => scheme.addEventListener("change", repaint));
  layer.on("remove", () => scheme.removeEventListener("change", repaint));
  return layer;
}
