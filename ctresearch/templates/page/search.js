"use strict";
const fold = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
const entries = JSON.parse(document.getElementById("index").textContent).map((entry) => ({
  ...entry, head: fold(entry.title), body: fold(entry.text),
}));
const field = document.getElementById("words"), list = document.getElementById("found"), count = document.getElementById("count");
const most = 60, around = 80;

function show() {
  const words = fold(field.value).split(/\s+/).filter((word) => word.length > 1);
  list.replaceChildren();
  if (!words.length) { count.textContent = ""; return; }
  const found = entries
    .filter((entry) => words.every((word) => entry.head.includes(word) || entry.body.includes(word)))
    .map((entry) => ({ entry, rank: words.filter((word) => entry.head.includes(word)).length }))
    .sort((first, second) => second.rank - first.rank);
  count.textContent = found.length > most ? `${found.length} places; the first ${most} are shown.` : `${found.length} places.`;
  for (const { entry } of found.slice(0, most)) {
    const item = document.createElement("li"), link = document.createElement("a"), text = document.createElement("p");
    link.href = entry.address;
    link.textContent = `${entry.page}: ${entry.title}`;
    const place = Math.max(0, ...words.map((word) => entry.body.indexOf(word)));
    const start = Math.max(0, place - around);
    text.textContent = (start ? "… " : "") + entry.text.slice(start, place + 2 * around) + " …";
    item.append(link, text);
    list.append(item);
  }
}
field.addEventListener("input", show);
field.focus();
