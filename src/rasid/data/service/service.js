// The form of the service: a report pasted or a file dropped goes to the server that this page came from, and its answer is shown.

const WORDS = {
  en: { paste: "Paste a report, or drop a file anywhere on the page", day: "Its date", file: "File (.txt, .jsonl, .csv, .tsv)", read: "Read", download: "Download", docs: "API",
    reading: "Reading…", done: "Reports read: {n}", empty: "Paste a report or choose a file first.", gone: "The service does not answer." },
  ar: { paste: "الصق تقريرًا، أو أفلت ملفًا في أي مكان من الصفحة", day: "تاريخه", file: "ملف (.txt أو .jsonl أو .csv أو .tsv)", read: "اقرأ", download: "تنزيل", docs: "واجهة البرمجة",
    reading: "جارٍ القراءة…", done: "عدد التقارير المقروءة: {n}", empty: "الصق تقريرًا أو اختر ملفًا أولًا.", gone: "الخدمة لا تجيب." },
};
let files = null;

const words = (key, values) => WORDS[state.lang][key].replace(/\{(\w+)\}/g, (all, name) => values[name]);

function label() {
  document.querySelectorAll("[data-s]").forEach((node) => { node.textContent = words(node.dataset.s); });
}

function tell(lines) {
  byId("message").replaceChildren(...lines.flatMap((line, k) => [k ? el("br") : "", el("bdi", {}, line)]));
}

async function send(address, kind, body) {
  const button = byId("send-button");
  button.disabled = true;
  tell([words("reading")]);
  try {
    const answer = await fetch(address, { method: "POST", headers: { "content-type": kind }, body });
    const got = await answer.json();
    if (!answer.ok) {
      tell([got.error ? got.error.message : answer.statusText]);
      return;
    }
    files = got.files;
    byId("downloads").hidden = false;
    setData(got.data);
    tell([words("done", { n: got.data.documents.length }), ...got.faults.slice(0, 10)]);
  } catch {
    tell([words("gone")]);
  } finally {
    button.disabled = false;
  }
}

const sendFile = (file) => send(`view/file?${new URLSearchParams({ name: file.name, date: byId("report-date").value })}`, "application/octet-stream", file);

byId("send").addEventListener("submit", (e) => {
  e.preventDefault();
  const text = byId("report-text").value;
  const file = byId("report-file").files[0];
  if (text.trim()) send("view", "application/json", JSON.stringify({ text, date: byId("report-date").value || null }));
  else if (file) sendFile(file);
  else tell([words("empty")]);
});
byId("report-file").addEventListener("change", (e) => { if (e.target.files[0]) sendFile(e.target.files[0]); });
addEventListener("dragover", (e) => e.preventDefault());
addEventListener("drop", (e) => {
  e.preventDefault();
  if (e.dataTransfer.files[0]) sendFile(e.dataTransfer.files[0]);
});
byId("downloads").addEventListener("click", (e) => {
  const suffix = e.target.dataset.suffix;
  if (!suffix || !files) return;
  const link = el("a", { href: URL.createObjectURL(new Blob([files[suffix]], { type: "application/octet-stream" })), download: `rasid.${suffix}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
});
document.addEventListener("rasid-language", label);
label();
