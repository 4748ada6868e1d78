//! Leaflet, a JavaScript library for interactive maps. https://leafletjs.com
//! (c) 2010-2023 Vladimir Agafonkin, (c) 2010-2011 CloudMade. BSD-2-Clause.

// Only what the app uses (`frontend/src/map/`), in place of the whole library, of which it would be two thirds: no drawing of
// lines and polygons, no pop-ups, no buttons, no GeoJSON. What only registers itself with the map has no name here.
import { Map } from "leaflet/src/map/Map.js";
import "leaflet/src/map/handler/Map.BoxZoom.js";
import "leaflet/src/map/handler/Map.DoubleClickZoom.js";
import "leaflet/src/map/handler/Map.Drag.js";
import "leaflet/src/map/handler/Map.Keyboard.js";
import "leaflet/src/map/handler/Map.ScrollWheelZoom.js";
import "leaflet/src/map/handler/Map.TapHold.js";
import "leaflet/src/map/handler/Map.TouchZoom.js";
import { create } from "leaflet/src/dom/DomUtil.js";
import { LatLng } from "leaflet/src/geo/LatLng.js";
import { Point } from "leaflet/src/geometry/Point.js";
import { DivIcon } from "leaflet/src/layer/marker/DivIcon.js";
import { Marker } from "leaflet/src/layer/marker/Marker.js";
import { GridLayer } from "leaflet/src/layer/tile/GridLayer.js";
import { TileLayer } from "leaflet/src/layer/tile/TileLayer.js";

// The names that leaflet-rs asks for, and the base map's drawing.
window.L = { DivIcon, DomUtil: { create }, GridLayer, LatLng, Map, Marker, Point, TileLayer };
