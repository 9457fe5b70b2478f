{
  // Comments of a reviewer: kept in this browser alone, handed over as one file. Without scripts nothing is shown.
  const panel = document.getElementById("comments"), opener = document.createElement("button");
  const kept = `ctresearch-comments: ${panel.dataset.report}`;
  const form = panel.querySelector("form"), list = panel.querySelector("ol"), said = panel.querySelector("output");
  const field = (name) => form.elements.namedItem(name);
  const read = () => { try { return JSON.parse(localStorage.getItem(kept)) || []; } catch { return []; } };
  const words = (element) => element.textContent.replace(/\s+/g, " ").trim();
  const own = panel.dataset.page;

  const write = (comments) => {
    try { localStorage.setItem(kept, JSON.stringify(comments)); return true; } catch {
      said.textContent = "This browser keeps nothing for files: export before you close the page.";
      return false;
    }
  };

  function name(element) {
    // The page of the whole report names its sections after their chapter already.
    const isHeading = /^H[23]$/.test(element.tagName);
    return isHeading && own !== "whole" ? `${own}-section-${element.id}` : element.id;
  }

  const places = [...document.querySelectorAll("main h2[id], main h3[id], figure.exhibit[id], a.item[id], article.card[id]")];
  for (const place of places) {
    const title = place.matches("figure") ? words(place.querySelector("figcaption"))
      : place.matches("article") ? words(place.querySelector(".head")) : words(place);
    const option = new Option(`${place.matches("a") ? "Finding " : ""}${title}`.slice(0, 110), name(place));
    field("item").add(option);
  }

  function nearest(node) {
    const element = node?.nodeType === 1 ? node : node?.parentElement;
    const around = element?.closest("figure.exhibit[id], article.card[id]");
    const row = element?.closest("tr")?.querySelector("a.item[id]");
    if (row || around) return row || around;
    return places.filter((place) => /^H/.test(place.tagName)
      && element && place.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING).pop();
  }

  function open(place) {
    panel.hidden = false;
    opener.setAttribute("aria-expanded", "true");
    const selection = document.getSelection();
    const quote = String(selection).trim().slice(0, 600);
    const found = place || (quote ? nearest(selection.anchorNode) : document.getElementById(location.hash.slice(1)));
    if (found && places.includes(found)) field("item").value = name(found);
    field("quote").value = quote;
    show();
    field("item").focus();
  }

  function close() {
    panel.hidden = true;
    opener.setAttribute("aria-expanded", "false");
    opener.focus();
  }

  function show() {
    list.replaceChildren(...read().map((comment) => {
      const item = document.createElement("li"), head = document.createElement("strong"), drop = document.createElement("button");
      head.textContent = `${comment.item} (${comment.kind}): `;
      drop.type = "button";
      drop.className = "tool";
      drop.textContent = "Delete";
      drop.setAttribute("aria-label", `Delete the comment on ${comment.item}`);
      drop.addEventListener("click", () => { write(read().filter((other) => other.id !== comment.id)); show(); });
      item.append(head, comment.text, " ", drop);
      return item;
    }));
    panel.querySelector("[data-do=export]").disabled = !list.children.length;
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const random = [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0"));
    const item = field("item").selectedOptions[0];
    const comment = { id: `c-${random.join("")}`, item: item.value, title: item.text, page: own, written: new Date().toISOString() };
    for (const key of ["quote", "kind", "text", "name", "organisation"]) comment[key] = field(key).value.trim();
    if (!comment.text) { said.textContent = "Write a comment first."; field("text").focus(); return; }
    if (write([...read(), comment])) said.textContent = `Kept in this browser: comment on ${comment.item}.`;
    field("text").value = field("quote").value = "";
    show();
  });

  panel.querySelector("[data-do=export]").addEventListener("click", () => {
    const file = { format: "ctresearch-comments", version: 1, report: panel.dataset.report, comments: read() };
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(file, null, 1)], { type: "application/json" }));
    link.download = "comments.json";
    link.click();
    said.textContent = `${file.comments.length} comments are in the file comments.json. Send it to the team.`;
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  });

  panel.querySelector("[data-do=close]").addEventListener("click", close);
  panel.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  opener.type = "button";
  opener.id = "comment";
  opener.className = "tool";
  opener.textContent = "Comment";
  opener.setAttribute("aria-expanded", "false");
  opener.setAttribute("aria-controls", "comments");
  // The selection is lost with a click on the button: it must not move it.
  opener.addEventListener("mousedown", (event) => event.preventDefault());
  opener.addEventListener("click", () => (panel.hidden ? open() : close()));
  document.querySelector("header.report").append(opener);
  for (const place of places.filter((one) => one.matches("figure, article"))) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "tool small";
    button.textContent = "Comment";
    button.setAttribute("aria-label", `Comment on ${place.id}`);
    button.addEventListener("click", () => open(place));
    (place.querySelector("p.data") || place.querySelector(".head") || place).append(" ", button);
  }
}
