// The map: land as Natural Earth draws it, and a ring round each place that is as wide as the place is uncertain.

// Radius in kilometres of what each precision code (UCDP GED's where_prec) leaves open; of 5 to 7 only the order of size is known.
const RADIUS = { 1: 5, 2: 25, 3: 30, 4: 80, 5: 120, 6: 300, 7: 800 };
const UNKNOWN_RADIUS = 120;
const SMALLEST = 9; // pixels: a ring never shrinks to a point
let map = null;
let rings = null;

const radiusOf = (place) => RADIUS[place.precision] || UNKNOWN_RADIUS;

// The outline's arcs and rings as polygons of [latitude, longitude].
function landPolygons(world) {
  const arcs = world.arcs.map((steps) => {
    let [x, y] = [0, 0];
    const points = [];
    for (let k = 0; k < steps.length; k += 2) points.push([(y += steps[k + 1]) / world.parts, (x += steps[k]) / world.parts]);
    return points;
  });
  const ring = (numbers) => numbers.flatMap((n) => (n >= 0 ? arcs[n] : [...arcs[~n]].reverse()));
  return world.polygons.map((parts) => parts.map(ring));
}

// Events that share a place and a status share a ring.
function groupPlaces(events) {
  const found = new Map();
  for (const event of events) {
    const place = located(event);
    if (!place) continue;
    const key = JSON.stringify([place.lat, place.lon, place.precision, event.status]);
    if (!found.has(key)) found.set(key, { key, place, status: event.status, events: [] });
    found.get(key).events.push(event);
  }
  return [...found.values()];
}

function drawMap(events) {
  const groups = groupPlaces(events);
  if (map) map.remove();
  map = null;
  const box = el("div", { id: "map", dir: "ltr", role: "region", "aria-label": t("map"), tabindex: 0 });
  const list = el("ul", { className: "places", "aria-label": t("places") });
  const kept = limited(list, groups, placeItem);
  byId("map-section").replaceChildren(el("h2", { id: "map-head" }, t("map")), el("p", { className: "dim" }, groups.length ? t("map_help") : t("no_places")),
    el("div", { className: "mapped" }, box, el("div", {}, kept)));
  const animate = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  map = L.map(box, { attributionControl: false, zoomControl: false, scrollWheelZoom: false, zoomAnimation: animate, fadeAnimation: animate, minZoom: 1, maxZoom: 11, maxBounds: [[-85, -200], [85, 200]], worldCopyJump: false });
  L.control.zoom({ zoomInTitle: t("zoom_in"), zoomOutTitle: t("zoom_out") }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  map.setView([30, 38], 3);
  L.polygon(landPolygons(state.world), { className: "land", interactive: false, smoothFactor: 0.6 }).addTo(map);
  const names = L.layerGroup(state.world.names.map(([lat, lon, arabic, english]) => labelAt([lat, lon], "country", state.lang === "ar" ? arabic : english)));
  rings = L.layerGroup().addTo(map);
  // A ring for a large area lies under those of the places in it.
  for (const group of [...groups].sort((a, b) => radiusOf(b.place) - radiusOf(a.place))) drawRing(group);
  map.on("zoomend", () => { resize(); if (map.getZoom() >= 5) names.addTo(map); else names.remove(); });
  const bounds = L.latLngBounds(groups.map(({ place }) => [place.lat, place.lon]));
  if (groups.length) map.fitBounds(bounds.pad(0.2), { maxZoom: 7, animate: false });
  resize();
  if (map.getZoom() >= 5) names.addTo(map);
}

function labelAt(at, className, text) {
  const icon = L.divIcon({ className, iconSize: [0, 0], html: el("span", { dir: "auto" }, text) });
  return L.marker(at, { icon, interactive: false, keyboard: false });
}

function drawRing(group) {
  const at = [group.place.lat, group.place.lon];
  const ring = L.circle(at, { radius: 1000 * radiusOf(group.place), className: `ring st-${group.status}` });
  ring.group = group;
  ring.bindTooltip(el("div", { dir: state.labels[state.lang].dir }, told(group)), { sticky: true });
  ring.on("click", () => openEvent(group.events[0]));
  rings.addLayer(ring);
  if (group.status !== "asserted") rings.addLayer(labelAt(at, `ring-mark st-${group.status}`, of("marks", group.status)));
}

// A ring is drawn in metres, but never smaller than can be seen as a ring.
function resize() {
  const metres = (lat) => (40075016.686 * Math.cos((lat * Math.PI) / 180)) / 2 ** (map.getZoom() + 8);
  rings.eachLayer((ring) => { if (ring.group) ring.setRadius(Math.max(1000 * radiusOf(ring.group.place), SMALLEST * metres(ring.group.place.lat))); });
}

function told(group) {
  const { place } = group;
  return [el("strong", {}, ar(nameOf(place) || place.text)), " · ", place.precision ? of("precision", place.precision) : "", el("br"),
    ...group.events.slice(0, 6).flatMap((event) => [el("span", {}, `${of("marks", event.status)} ${of("types", event.type)} (${of("short", event.status)})`), el("br")])];
}

function placeItem(group) {
  const { place } = group;
  return el("li", { className: `st-${group.status}` },
    el("button", { type: "button", className: "value", onclick: () => showPlace(place) }, ar(nameOf(place) || place.text)),
    el("span", { className: "known" }, " ", place.precision ? of("precision", place.precision) : "", " · ", t("circle", { km: radiusOf(place) })),
    el("div", {}, group.events.slice(0, 20).map((event, k) => [k ? " · " : "", goButton(event)])));
}

function showPlace(place) {
  const here = [];
  rings.eachLayer((ring) => {
    if (!ring.group) return;
    const same = ring.group.place.lat === place.lat && ring.group.place.lon === place.lon;
    ring.getElement()?.classList.toggle("chosen", same);
    if (same) here.push(ring);
  });
  byId("map-section").scrollIntoView({ block: "start" });
  byId("map").focus({ preventScroll: true });
  const zoom = { 1: 8, 2: 8, 3: 8, 4: 7, 5: 6, 6: 5, 7: 3 }[place.precision] || 6;
  map.setView([place.lat, place.lon], zoom, { animate: false });
  if (here.length) here[0].openTooltip();
}
