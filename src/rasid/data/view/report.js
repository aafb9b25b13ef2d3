// The report with its marks, and the cards of its events, linked both ways.

const ROLE_ORDER = ["trigger", "perpetrator", "target", "victim", "number", "location", "date", "source"];
// A text of more characters than this is shown in parts.
const LONG = 30000;

// Every mention of an event: its role, its characters, and the value it carries.
function* mentions(event) {
  for (const m of event.triggers) yield ["trigger", m];
  for (const m of event.perpetrators) yield ["perpetrator", m];
  for (const m of event.targets) yield ["target", m];
  for (const c of event.casualties) {
    for (const m of c.victims) yield ["victim", m];
    if (c.number) yield ["number", c.number];
  }
  for (const m of event.locations) yield ["location", m];
  if (event.date) yield ["date", event.date];
  for (const m of event.sources) yield ["source", m];
}

// What stands at each marked range: its roles, the events it belongs to, its label and score.
function markedRanges(doc) {
  const found = new Map();
  const at = (m) => {
    const key = `${m.start}-${m.end}`;
    if (!found.has(key)) found.set(key, { start: m.start, end: m.end, text: m.text, roles: new Set(), events: new Set(), label: null, score: null });
    return found.get(key);
  };
  for (const span of doc.spans) Object.assign(at(span), { label: span.label, score: span.score });
  for (const event of doc.events) {
    for (const [role, m] of mentions(event)) {
      const range = at(m);
      range.roles.add(role);
      range.events.add(event);
    }
  }
  return [...found.values()].filter((range) => range.end > range.start).sort((a, b) => a.start - b.start || b.end - a.end);
}

function roleOf(range) {
  const shown = [...range.events].some(visible);
  return (shown && ROLE_ORDER.find((role) => range.roles.has(role))) || "none";
}

// The status that all events of a range share, asserted where they differ and one of them is.
function statusOf(range) {
  const all = new Set([...range.events].filter(visible).map((event) => event.status));
  return all.size === 1 ? [...all][0] : "asserted";
}

function word(range, shown) {
  const role = roleOf(range);
  const status = statusOf(range);
  const events = [...range.events].filter(visible);
  const told = [
    ...(role === "none" ? [range.label ? of("span_labels", range.label) : "", of("roles", "none")] : [...range.roles].map((r) => of("roles", r))),
    ...events.slice(0, 3).map((event) => `${signed(event)}${of("types", event.type)} (${of("short", event.status)})`),
    range.score === null ? "" : `${t("score")} ${range.score.toFixed(2)}`,
  ].filter(Boolean);
  const known = told.join(state.lang === "ar" ? "، " : ", ");
  const linked = events.length > 0;
  return el("span", {
    className: `word r-${role} st-${status}`,
    "data-start": range.start, "data-end": range.end, title: known,
    "data-mark": role === "trigger" && status !== "asserted" ? of("marks", status) : null,
    role: linked ? "button" : null, tabindex: linked ? 0 : null,
    "aria-label": linked ? `${shown}: ${known}` : null,
    onclick: linked ? (e) => chooseWords(range, e.currentTarget) : null,
    onkeydown: linked ? (e) => { if (e.key === "Enter" || e.key === " ") { e.preventDefault(); chooseWords(range, e.currentTarget); } } : null,
  }, shown);
}

// The text cut at the edges of what is marked; ranges that overlap (there are none in Rasid's own records) are shown where they begin.
function fillText(box, doc, from, to) {
  const evidence = doc.events.flatMap((event) => event.evidence).flatMap((e) => [e.start, e.end]);
  const cuts = [...new Set(evidence)].sort((a, b) => a - b);
  let next = 0;
  const plain = (start, end) => {
    while (next < cuts.length && cuts[next] <= start) next++;
    for (let k = next; start < end; k++) {
      const stop = k < cuts.length && cuts[k] < end ? cuts[k] : end;
      box.append(el("span", { "data-start": start, "data-end": stop }, doc.chars ? doc.chars.slice(start, stop) : " … "));
      start = stop;
    }
  };
  let at = from;
  for (const range of doc.ranges) {
    if (range.start < at) continue;
    if (range.start >= to) break;
    if (range.start > at) plain(at, range.start);
    box.append(word(range, doc.chars ? doc.chars.slice(range.start, range.end) : range.text));
    at = range.end;
  }
  if (at < to && doc.chars) plain(at, to);
  return Math.max(at, to);
}

function drawReport() {
  const doc = state.data.documents[state.at];
  const box = el("div", { className: "text", dir: "rtl", lang: "ar", tabindex: 0, role: "region", "aria-label": t("report") });
  doc.ranges = markedRanges(doc);
  const end = doc.chars ? doc.chars.length : Infinity;
  let shown = fillText(box, doc, 0, doc.chars ? Math.min(LONG, end) : Infinity);
  const rest = el("button", { type: "button", className: "plain", hidden: !(shown < end), onclick: () => {
    shown = fillText(box, doc, shown, Math.min(shown + LONG * 5, end));
    rest.hidden = shown >= end;
    rest.textContent = t("whole", { n: end - shown });
  } }, t("whole", { n: end - shown }));
  doc.showTo = (place) => { while (shown < place && shown < end) rest.click(); };
  const about = [doc.date ? [t("dated"), " ", ltr(doc.date)] : t("undated"), doc.outlet && ar(doc.outlet), [t("model"), " ", en(`${doc.model.name} ${doc.model.version}`)]];
  const roles = new Set(doc.ranges.map(roleOf));
  const legend = el("ul", { className: "legend dim", "aria-label": t("legend") },
    [...ROLE_ORDER, "none"].filter((role) => roles.has(role)).map((role) => el("li", {}, el("span", { className: `word r-${role}` }, of("roles", role)))));
  byId("report").replaceChildren(
    el("div", { className: "reader" }, el("h2", { id: "report-head" }, t("report")), chooser(),
      el("p", { className: "dim" }, ar(doc.id), about.filter(Boolean).flatMap((part) => [" · ", part])),
      doc.chars ? null : el("p", { className: "note" }, t("no_text")), box, rest, legend));
}

function chooser() {
  const documents = state.data.documents;
  if (documents.length < 2) return null;
  const go = (n) => show(Math.max(0, Math.min(n, documents.length - 1)));
  return el("div", { className: "chooser" },
    el("button", { type: "button", className: "plain", disabled: state.at === 0, "aria-label": t("previous"), title: t("previous"), onclick: () => go(state.at - 1) }, state.lang === "ar" ? "→" : "←"),
    el("select", { "aria-label": t("choose"), onchange: (e) => go(Number(e.target.value)) },
      documents.map((doc, n) => el("option", { value: n, selected: n === state.at }, `\u2068${doc.id}\u2069 (${doc.events.filter(visible).length})`))),
    el("button", { type: "button", className: "plain", disabled: state.at === documents.length - 1, "aria-label": t("next"), title: t("next"), onclick: () => go(state.at + 1) }, state.lang === "ar" ? "←" : "→"));
}

// ---- cards

function value(m, more) {
  return el("button", { type: "button", className: "value", "data-start": m.start, "data-end": m.end, onclick: (e) => chooseValue([m], e.currentTarget) }, ar(m.text), more);
}

function actorLine(actor) {
  const name = nameOf(actor);
  const kind = actor.kind && of("actor_kinds", actor.kind);
  return el("li", {}, value(actor), name ? el("span", { className: "known" }, " ", ar(name), actor.country ? [" (", ltr(actor.country), ")"] : null)
    : kind ? el("span", { className: "known" }, " ", kind) : null,
    actor.label ? el("span", { className: "known" }, " · ", t("called", { label: `\u2068${actor.label}\u2069` })) : null);
}

function placeLine(place) {
  const name = nameOf(place);
  const drawn = place.lat !== null && place.lon !== null;
  return el("li", {}, value(place), el("span", { className: "known" }, name ? [" ", ar(name)] : null, place.country ? [" (", ltr(place.country), ")"] : null,
    place.precision ? [" · ", of("precision", place.precision)] : null),
  drawn ? [" ", el("button", { type: "button", className: "small", onclick: () => showPlace(place) }, t("on_map"))] : null);
}

function figureLine(event, n, seen) {
  const entry = event.casualties[n];
  const anchor = entry.number || entry.victims[0];
  const said = `${of("kinds", entry.kind)}: ${count(entry)}`;
  const ranges = [...(entry.number ? [entry.number] : []), ...entry.victims];
  const line = el("li", {}, anchor
    ? el("button", { type: "button", className: "value fact", "data-start": anchor.start, "data-end": anchor.end, onclick: (e) => chooseValue(ranges, e.currentTarget) }, said) : said,
  entry.victims.map((victim) => [" ", value(victim)]),
  el("span", { className: "known" }, [entry.civilian === true ? t("civilian") : entry.civilian === false ? t("combatant") : null, entry.group ? of("groups", entry.group) : null]
    .filter(Boolean).map((x) => [" · ", x])));
  const parts = event.casualties.map((_, k) => k).filter((k) => event.casualties[k].part_of === n && !seen.has(k));
  parts.forEach((k) => seen.add(k));
  const whole = `${of("kinds", entry.kind)}: ${count(entry)}`;
  return parts.length ? [line, el("li", {}, el("ul", { className: "parts", "aria-label": t("part", { whole }) }, parts.map((k) => figureLine(event, k, seen))))] : [line];
}

function figures(event) {
  const seen = new Set();
  const n = event.casualties.length;
  const tops = event.casualties.map((_, k) => k).filter((k) => { const p = event.casualties[k].part_of; return p === null || p === k || p < 0 || p >= n; });
  tops.forEach((k) => seen.add(k));
  const lines = tops.flatMap((k) => figureLine(event, k, seen));
  // Parts of one another in a circle hang on no whole: they are shown all the same.
  for (let k = 0; k < n; k++) if (!seen.has(k)) { seen.add(k); lines.push(...figureLine(event, k, seen)); }
  return lines;
}

function reasons(event) {
  const scores = new Map(event.doc.spans.map((span) => [`${span.start}-${span.end}`, span.score]));
  const rows = [...mentions(event)].map(([role, m]) => [of("roles", role), ar(m.text), scores.get(`${m.start}-${m.end}`), m.reason]);
  event.casualties.forEach((entry) => entry.reason && rows.push([of("kinds", entry.kind), count(entry), null, entry.reason]));
  return el("details", {}, el("summary", {}, t("why")), el("div", { className: "scroll" }, el("table", { className: "why" },
    el("thead", {}, el("tr", {}, ["value", "", "score", "reason"].map((key) => el("th", { scope: "col" }, key ? t(key) : "")))),
    el("tbody", {}, rows.map(([role, text, score, reason]) => el("tr", {}, el("td", {}, role), el("td", {}, text),
      el("td", {}, typeof score === "number" ? ltr(score.toFixed(2)) : "–"), el("td", {}, reason ? en(reason) : "–")))))));
}

function meter(event) {
  if (typeof event.confidence !== "number") return null;
  const fill = el("b");
  fill.style.width = `${Math.round(event.confidence * 100)}%`;
  return el("span", { className: "meter" }, `${t("confidence")} `, el("i", { "aria-hidden": "true" }, fill), ltr(event.confidence.toFixed(2)));
}

function badge(event, short) {
  return el("span", { className: `badge st-${event.status}` }, `${of("marks", event.status)} ${of(short ? "short" : "statuses", event.status)}`);
}

function card(event) {
  const row = (key, items) => (items.length ? [el("dt", {}, t(key)), el("dd", { className: `of-${key}` }, el("ul", {}, items))] : []);
  return el("article", { className: `card st-${event.status}`, id: `event-${event.key}`, tabindex: -1, "aria-labelledby": `head-${event.key}` },
    el("header", {}, el("h3", { id: `head-${event.key}` }, `${event.n}. ${of("types", event.type)} `, badge(event)),
      event.aggregate ? el("span", { className: "tag" }, t("aggregate")) : null, meter(event)),
    el("dl", {},
      row("perpetrators", event.perpetrators.map(actorLine)), row("targets", event.targets.map(actorLine)), row("casualties", figures(event)),
      row("flags", event.flags.map((flag) => el("li", { className: "flag" }, `⚠ ${of("flag_codes", flag.code)} `, en(flag.reason)))),
      row("locations", event.locations.map(placeLine)),
      row("date", event.date ? [el("li", {}, value(event.date), el("span", { className: "known" }, " ", days(event.date), event.date.precision ? ` · ${of("date_precision", event.date.precision)}` : ""))] : []),
      row("sources", event.sources.map(actorLine)), row("triggers", event.triggers.length ? [el("li", {}, event.triggers.map((m) => [value(m), " "]))] : []),
      row("acled", event.acled ? [el("li", { className: "known" }, en(`${event.acled.event_type}: ${event.acled.sub_event_type}`))] : [])),
    event.doc.chars && event.evidence.length ? el("p", { className: "no-print" }, el("button", { type: "button", className: "small", onclick: (e) => chooseValue(event.evidence, e.currentTarget, true) }, t("see_evidence"))) : null,
    reasons(event));
}

function drawCards() {
  const doc = state.data.documents[state.at];
  const kept = doc.events.filter(visible);
  byId("cards").replaceChildren(el("h2", { id: "cards-head" }, t("events_of")),
    ...(kept.length ? limited(el("div"), kept, card, 40) : [el("p", { className: "dim" }, doc.events.length ? t("none_left") : t("no_events"))]));
}

// ---- links

const overlaps = (node, ranges) => ranges.some((r) => Number(node.dataset.start) < r.end && r.start < Number(node.dataset.end));

function clearLit() {
  document.querySelectorAll(".lit, .evident").forEach((node) => { node.classList.remove("lit", "evident"); node.removeAttribute("aria-pressed"); });
}

function light(nodes, className = "lit") {
  nodes.forEach((node) => { node.classList.add(className); if (node.matches("button, [role=button]")) node.setAttribute("aria-pressed", "true"); });
}

// Scrolls a box's own content only as far as needed; the page moves only where the box itself is out of sight.
function reveal(node) {
  node.scrollIntoView({ block: "nearest", inline: "nearest" });
  node.focus({ preventScroll: true });
}

function chooseValue(ranges, origin, sentence = false) {
  clearLit();
  const box = document.querySelector("#report .text");
  state.data.documents[state.at].showTo(Math.min(...ranges.map((r) => r.end)));
  const within = [...box.querySelectorAll("[data-start]")].filter((node) => overlaps(node, ranges));
  light(within.filter((node) => sentence || node.classList.contains("word")), sentence ? "evident" : "lit");
  light([origin]);
  state.back = origin;
  if (within.length) {
    reveal(within.find((node) => node.tabIndex === 0) || within[0]);
    say(t("words_lit"));
  }
}

function chooseWords(range, origin) {
  clearLit();
  const values = [...document.querySelectorAll("#cards .value")].filter((node) => overlaps(node, [range]));
  light(values);
  light([origin]);
  state.back = origin;
  if (values.length) {
    reveal(values[0]);
    say(t("linked", { n: values.length }));
  }
}

document.addEventListener("keydown", (e) => {
  if (e.key !== "Escape") return;
  clearLit();
  if (state.back && state.back.isConnected) state.back.focus();
  state.back = null;
});
