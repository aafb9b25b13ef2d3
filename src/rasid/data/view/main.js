// Puts the page together: data read, filter, language, and what is drawn anew when one of them changes.

function visible(event) {
  const f = state.filter;
  if (f.status && !f.status.has(event.status)) return false;
  if (f.type && event.type !== f.type) return false;
  if (f.sure > 0 && (event.confidence ?? 0) < f.sure) return false;
  return !f.words || event.haystack.includes(f.words);
}
const allEvents = () => state.data.documents.flatMap((doc) => doc.events);
const visibleEvents = () => allEvents().filter(visible);

// Marks of vowels and length say nothing to a search; hamza forms, ta marbuta and alef maqsura are written in many ways.
function folded(text) {
  return text.toLowerCase().normalize("NFKC").replace(/[\u064b-\u065f\u0670\u0640]/g, "").replace(/[أإآٱ]/g, "ا").replace(/ى/g, "ي").replace(/ة/g, "ه").trim();
}

function prepare(data) {
  let order = 0;
  data.documents.forEach((doc, index) => {
    doc.index = index;
    doc.chars = typeof doc.text === "string" ? new Characters(doc.text) : null;
    doc.events.forEach((event, n) => {
      Object.assign(event, { doc, n: n + 1, order: order++, key: `${index}-${n}` });
      const words = [...mentions(event)].flatMap(([, m]) => [m.text, m.name, m.name_en, m.label, m.country]);
      event.haystack = folded([doc.id, event.type, event.status, ...words].filter(Boolean).join(" "));
    });
  });
  return data;
}

function drawFilter() {
  const f = state.filter;
  const types = [...new Set(allEvents().map((event) => event.type))].sort();
  let waiting = 0;
  const later = (change) => (e) => { change(e.target); clearTimeout(waiting); waiting = setTimeout(refresh, 150); };
  const statuses = ["asserted", "alleged", "denied", "planned"];
  const sure = el("output", { dir: "ltr" }, f.sure.toFixed(2));
  byId("filter").setAttribute("aria-label", t("filter"));
  byId("filter").replaceChildren(
    el("label", { className: "stack" }, t("search"), el("input", { type: "search", id: "search", value: f.words, dir: "auto", oninput: later((x) => { f.words = folded(x.value); }) })),
    el("label", { className: "stack" }, t("type"), el("select", { id: "type", onchange: later((x) => { f.type = x.value; }) },
      el("option", { value: "" }, t("all_types")), types.map((type) => el("option", { value: type, selected: type === f.type }, of("types", type))))),
    el("fieldset", {}, el("legend", {}, t("status")), statuses.map((status) => el("label", {},
      el("input", { type: "checkbox", name: "status", value: status, checked: !f.status || f.status.has(status), onchange: later(() => {
        const chosen = [...byId("filter").querySelectorAll("[name=status]:checked")].map((box) => box.value);
        f.status = chosen.length === statuses.length ? null : new Set(chosen);
      }) }), `${of("marks", status)} ${of("short", status)}`))),
    el("label", { className: "stack" }, t("sure"), el("span", {}, el("input", { type: "range", id: "sure", min: 0, max: 1, step: 0.05, value: f.sure, oninput: later((x) => { f.sure = Number(x.value); sure.textContent = f.sure.toFixed(2); }) }), " ", sure)),
    el("button", { type: "button", className: "plain", onclick: () => { state.filter = { words: "", type: "", status: null, sure: 0 }; drawFilter(); refresh(); } }, t("reset")));
}

function refresh() {
  const events = visibleEvents();
  byId("shown").textContent = t("shown", { n: events.length, all: allEvents().length });
  state.back = null;
  drawReport();
  drawCards();
  drawFigures(events);
  drawTimeline(events);
  drawMap(events);
  drawTable(events);
}

// Another report: what is drawn of all reports stays.
function show(index) {
  state.at = index;
  state.back = null;
  drawReport();
  drawCards();
}

function frame() {
  const root = document.documentElement;
  root.lang = state.lang;
  root.dir = t("dir");
  byId("title").textContent = (state.data && state.data.title) || t("title");
  document.title = byId("title").textContent;
  document.querySelectorAll("[data-t]").forEach((node) => { node.textContent = t(node.dataset.t); });
  const language = byId("language");
  language.textContent = t("other_language");
  language.lang = state.lang === "ar" ? "en" : "ar";
  byId("footer").replaceChildren(el("p", {}, t("footer")), el("p", {}, t("credits")));
  byId("view").hidden = !state.data;
  if (!state.data) return;
  byId("caution").textContent = t("caution");
  byId("not-read").hidden = !state.data.faults;
  byId("not-read").textContent = t("not_read", { n: state.data.faults });
  const links = [["report", "report"], ["cards", "events"], ["figures", "figures"], ["timeline", "timeline"], ["map-section", "map"], ["table", "table"]];
  byId("sections").setAttribute("aria-label", t("sections"));
  byId("sections").replaceChildren(el("ul", {}, links.map(([id, key]) => el("li", {}, el("a", { href: `#${id}` }, t(key))))));
  drawFilter();
  refresh();
}

function setData(data) {
  state.data = data && data.documents.length ? prepare(data) : null;
  state.at = 0;
  state.filter = { words: "", type: "", status: null, sure: 0 };
  frame();
}

byId("language").addEventListener("click", () => { state.lang = state.lang === "ar" ? "en" : "ar"; frame(); document.dispatchEvent(new Event("rasid-language")); });
byId("filter").addEventListener("submit", (e) => e.preventDefault());

const read = (id) => JSON.parse(byId(id).textContent);
state.labels = read("labels");
state.world = read("world");
state.lang = document.documentElement.lang === "ar" ? "ar" : "en";
setData(read("data"));
