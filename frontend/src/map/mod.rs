//! Everything that touches Leaflet.
