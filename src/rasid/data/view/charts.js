// Killed and wounded by side, the timeline, and the table.

const SIDES = ["civilians", "targets", "perpetrators", "unknown"];
const TOLLS = ["killed", "wounded"];

function drawFigures(events) {
  const sums = { killed: {}, wounded: {} };
  const maybe = { killed: {}, wounded: {} };
  for (const event of events) {
    if (event.aggregate || (event.status !== "asserted" && event.status !== "alleged")) continue;
    for (const toll of TOLLS) {
      const into = event.status === "asserted" ? sums[toll] : maybe[toll];
      for (const [side, n] of Object.entries(event.tolls[toll].sides)) into[side] = (into[side] || 0) + n;
    }
  }
  const all = (table) => SIDES.reduce((sum, side) => sum + (table[side] || 0), 0);
  const rows = SIDES.filter((side) => TOLLS.some((toll) => sums[toll][side] || maybe[toll][side]));
  const most = Math.max(1, ...rows.flatMap((side) => TOLLS.map((toll) => (sums[toll][side] || 0) + (maybe[toll][side] || 0))));
  const cell = (toll, side) => {
    const parts = [[sums[toll][side] || 0, toll], [maybe[toll][side] || 0, "maybe"]];
    const bar = el("div", { className: "bar", "aria-hidden": "true" }, parts.filter(([n]) => n).map(([n, name]) => {
      const node = el("i", { className: name });
      node.style.width = `${(100 * n) / most}%`;
      return node;
    }));
    return el("td", {}, bar, number(parts[0][0], parts[1][0]));
  };
  const number = (sure, alleged) => [ltr(String(sure)), alleged ? [" + ", ltr(String(alleged)), ` (${of("short", "alleged")})`] : null];
  byId("figures").replaceChildren(el("h2", { id: "figures-head" }, t("figures")), ...(rows.length ? [
    el("table", { className: "chart", "aria-labelledby": "figures-head" },
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, t("side")), TOLLS.map((toll) => el("th", { scope: "col" }, t(`${toll}_col`))))),
      el("tbody", {}, rows.map((side) => el("tr", {}, el("th", { scope: "row" }, t(`side_${side}`)), TOLLS.map((toll) => cell(toll, side))))),
      el("tfoot", {}, el("tr", {}, el("th", { scope: "row" }, t("all_sides")), TOLLS.map((toll) => el("td", {}, number(all(sums[toll]), all(maybe[toll]))))))),
    el("p", { className: "dim" }, t("chart_note"))] : [el("p", { className: "dim" }, t("nothing_counted"))]));
}

// ---- timeline

const DAY = 86400000;
const dayNumber = (day) => Math.round(Date.parse(`${day}T00:00:00Z`) / DAY);

function drawTimeline(events) {
  const dated = events.filter((event) => event.date && (event.date.from || event.date.to));
  const ends = dated.map((event) => [dayNumber(event.date.from || event.date.to), dayNumber(event.date.to || event.date.from)]);
  const order = dated.map((_, k) => k).sort((a, b) => ends[a][0] - ends[b][0] || ends[a][1] - ends[b][1]);
  const first = Math.min(...ends.map((e) => e[0]));
  const span = Math.max(1, Math.max(...ends.map((e) => e[1])) - first + 1);
  const item = (k) => {
    const event = dated[k];
    const bar = el("i", { className: `st-${event.status}${event.date.from ? "" : " open-start"}${event.date.to ? "" : " open-end"}` });
    bar.style.insetInlineStart = `${Math.min(98.5, (100 * (ends[k][0] - first)) / span)}%`;
    bar.style.width = `${(100 * (ends[k][1] - ends[k][0] + 1)) / span}%`;
    bar.style.maxWidth = `${100 - (100 * (ends[k][0] - first)) / span}%`;
    const place = located(event) || event.locations[0];
    return el("li", {}, el("div", {}, el("span", { className: "dim" }, days(event.date), " "), goButton(event), place ? [" ", ar(nameOf(place) || place.text)] : null),
      el("div", { className: "track", "aria-hidden": "true" }, bar));
  };
  const missing = events.length - dated.length;
  const iso = (n) => ltr(new Date(n * DAY).toISOString().slice(0, 10));
  byId("timeline").replaceChildren(el("h2", { id: "timeline-head" }, t("timeline")), ...(dated.length ? [
    ...limited(el("ol", { className: "days" }), order, item),
    el("div", { className: "axis-row", "aria-hidden": "true" }, el("span"), el("div", { className: "axis" }, iso(first), span > 1 ? iso(first + span - 1) : null))]
    : [el("p", { className: "dim" }, t("no_dates"))]), ...(missing && dated.length ? [el("p", { className: "dim" }, t("without_day", { n: missing }))] : []));
}

function goButton(event, label) {
  return el("button", { type: "button", className: "value", "data-event": event.key, onclick: () => openEvent(event) }, label || `${signed(event)}${of("types", event.type)}`,
    event.status === "asserted" || label ? null : ` (${of("short", event.status)})`);
}

function openEvent(event) {
  if (state.data.documents[state.at] !== event.doc) show(event.doc.index);
  let node = byId(`event-${event.key}`);
  while (!node) {
    const more = byId("cards").querySelector(":scope > button:not([hidden])");
    if (!more) return;
    more.click();
    node = byId(`event-${event.key}`);
  }
  clearLit();
  node.classList.add("lit");
  node.scrollIntoView({ block: "start" });
  node.focus({ preventScroll: true });
}

// ---- table

const figuresOf = (event, kind) => event.casualties.filter((c) => c.part_of === null && c.kind === kind).map(count);
const listed = (items) => el("span", {}, items.map((item, k) => [k ? (state.lang === "ar" ? "، " : ", ") : null, item]));
const other = (kind) => kind !== "killed" && kind !== "wounded";

const COLUMNS = [
  { key: "number", sort: (e) => e.order, cell: (e) => goButton(e, `${e.order + 1}`), className: "keep" },
  { key: "status", sort: (e) => e.status, cell: (e) => badge(e, true), className: "keep narrow" },
  { key: "type", sort: (e) => of("types", e.type), cell: (e) => [of("types", e.type), e.aggregate ? ` (${t("aggregate")})` : ""] },
  { key: "perpetrators", sort: (e) => e.perpetrators.map((a) => a.text).join(), cell: (e) => listed(e.perpetrators.map((a) => ar(nameOf(a) || a.text))) },
  { key: "targets", sort: (e) => e.targets.map((a) => a.text).join(), cell: (e) => listed(e.targets.map((a) => ar(nameOf(a) || a.text))) },
  { key: "killed_col", sort: (e) => e.tolls.killed.best ?? -1, cell: (e) => listed(figuresOf(e, "killed")) },
  { key: "wounded_col", sort: (e) => e.tolls.wounded.best ?? -1, cell: (e) => listed(figuresOf(e, "wounded")) },
  { key: "other_figures", sort: (e) => e.casualties.filter((c) => other(c.kind)).length, cell: (e) => listed(e.casualties.filter((c) => c.part_of === null && other(c.kind)).map((c) => `${of("kinds", c.kind)}: ${count(c)}`)) },
  { key: "where_col", sort: (e) => (e.locations[0] ? e.locations[0].text : ""), cell: (e) => listed(e.locations.slice(0, 1).map((p) => ar(nameOf(p) || p.text))) },
  { key: "when_col", sort: (e) => (e.date && (e.date.from || e.date.to)) || "", cell: (e) => (e.date ? days(e.date) : ""), className: "when" },
  { key: "sources", sort: (e) => e.sources.map((a) => a.text).join(), cell: (e) => listed(e.sources.map((a) => ar(nameOf(a) || a.text))), className: "keep" },
  { key: "confidence", sort: (e) => e.confidence ?? -1, cell: (e) => (typeof e.confidence === "number" ? ltr(e.confidence.toFixed(2)) : "–"), className: "keep" },
  { key: "report", sort: (e) => e.doc.id, cell: (e) => ar(e.doc.id), className: "keep" },
];

function drawTable(events) {
  const by = state.sort && COLUMNS.find((column) => column.key === state.sort.key);
  const sorted = [...events];
  if (by) {
    const collator = new Intl.Collator(state.lang, { numeric: true });
    const compare = (a, b) => { const [x, y] = [by.sort(a), by.sort(b)]; return typeof x === "number" ? x - y : collator.compare(x, y); };
    sorted.sort((a, b) => (state.sort.up ? 1 : -1) * compare(a, b) || a.order - b.order);
  }
  const arrow = (column) => (by === column ? (state.sort.up ? " ▲" : " ▼") : "");
  const head = COLUMNS.map((column) => el("th", { scope: "col", "aria-sort": by === column ? (state.sort.up ? "ascending" : "descending") : null },
    el("button", { type: "button", title: t("sort", { x: t(column.key) }), onclick: () => {
      state.sort = { key: column.key, up: by === column ? !state.sort.up : true };
      drawTable(visibleEvents());
      byId("table").querySelectorAll("thead button")[COLUMNS.indexOf(column)].focus();
    } }, t(column.key), el("span", { "aria-hidden": "true" }, arrow(column)))));
  const body = el("tbody");
  const row = (event) => el("tr", { className: `st-${event.status}` }, COLUMNS.map((column) => el("td", { className: column.className }, column.cell(event))));
  const [, more] = limited(body, sorted, row, 50);
  byId("table").replaceChildren(el("h2", { id: "table-head" }, t("table")),
    el("div", { className: "scroll", tabindex: 0, role: "region", "aria-labelledby": "table-head" }, el("table", { className: "events" }, el("thead", {}, el("tr", {}, head)), body)), more);
}
