// Helpers: elements made of text only, labels of the chosen language, and slices of a report by code points.
// Nothing here or elsewhere writes markup: strings reach the page as text nodes and attributes.

const state = { data: null, labels: null, lang: "en", at: 0, chosen: null, back: null, filter: { words: "", type: "", status: null, sure: 0 }, sort: null };

function el(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "className") node.className = value;
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  node.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

const byId = (id) => document.getElementById(id);
const ar = (text) => el("bdi", { lang: "ar", dir: "auto" }, text);
const ltr = (text) => el("bdi", { dir: "ltr" }, text);
const en = (text) => el("bdi", { lang: "en", dir: "ltr" }, text);

// A label, with {names} filled in; `within` is a table such as "types". A name that no table knows is shown as it is.
function t(key, values) {
  const label = state.labels[state.lang][key];
  if (label === undefined) return key;
  return values ? label.replace(/\{(\w+)\}/g, (all, name) => (name in values ? values[name] : all)) : label;
}
function of(table, key) {
  const found = state.labels[state.lang][table];
  return Object.hasOwn(found, key) ? found[key] : String(key).replaceAll("_", " ");
}

// Offsets of a record count code points; a JavaScript string counts UTF-16 units, two for a character beyond U+FFFF.
class Characters {
  constructor(text) {
    this.text = text;
    this.units = null;
    if (/[\ud800-\udfff]/.test(text)) {
      this.units = [0];
      for (const char of text) this.units.push(this.units[this.units.length - 1] + char.length);
    }
    this.length = this.units ? this.units.length - 1 : text.length;
  }
  slice(start, end) {
    return this.units ? this.text.slice(this.units[Math.min(start, this.length)], this.units[Math.min(end, this.length)]) : this.text.slice(start, end);
  }
}

// Figures as a reader says them. Words and not signs bound them, so that no direction of writing turns them round.
function count(entry) {
  const { low, high } = entry;
  if (low === null && high === null) return t("unknown_number");
  if (low !== null && high !== null) {
    const x = low === high ? String(low) : t("range", { low, high });
    return entry.approx ? t("about", { x }) : x;
  }
  const x = high === null ? t("at_least", { low }) : t("up_to", { high });
  return entry.approx ? t("vague", { x }) : x;
}

// An interval of days in words.
function days(when) {
  const [from, to] = [when.from, when.to].map((day) => (day ? `\u2066${day}\u2069` : null));
  if (from && to) return from === to ? from : t("day_range", { from, to });
  return from ? t("day_from", { from }) : to ? t("day_to", { to }) : t("day_open");
}

function nameOf(value) {
  return (state.lang === "ar" ? value.name || value.name_en : value.name_en || value.name) || null;
}

// The place of an event that can be drawn: the narrowest with coordinates (they come narrowest first).
const located = (event) => event.locations.find((place) => place.lat !== null && place.lon !== null) || null;

// At most `limit` children at first, and a button for the rest; a page of ten thousand events stays quick.
function limited(parent, items, make, limit = 60) {
  let shown = 0;
  const more = el("button", { type: "button", className: "plain no-print", onclick: () => grow() });
  function grow() {
    parent.append(...items.slice(shown, shown + limit).map(make));
    shown = Math.min(shown + limit, items.length);
    more.textContent = t("more", { n: Math.min(limit, items.length - shown) });
    more.hidden = shown >= items.length;
  }
  grow();
  return [parent, more];
}

function say(message) {
  byId("live").textContent = message;
}

// Signs of a status before a name.
const signed = (event) => (event.status === "asserted" ? "" : of("marks", event.status) + " ");
