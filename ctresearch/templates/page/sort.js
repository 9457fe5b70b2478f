"use strict";
// A click on a heading sorts the table by that column; a second click turns the order. Without scripts the table stays.
for (const table of document.querySelectorAll("table.data")) {
  const body = table.tBodies[0], headings = [...table.tHead.rows[0].cells];
  if (!body || body.rows.length < 3) continue;
  const original = [...body.rows];
  const text = (row, place) => row.cells[place].textContent.trim();
  const number = (word) => (/^[<≤]?\s*-?[\d,.]+%?(\s|$)/.test(word) ? parseFloat(word.replace(/[<≤,\s]/g, "")) : NaN);
  headings.forEach((heading, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const order = { none: "ascending", ascending: "descending", descending: "none" }[heading.ariaSort || "none"];
      headings.forEach((other) => other.removeAttribute("aria-sort"));
      const rows = [...original], turn = order === "descending" ? -1 : 1;
      if (order !== "none") {
        heading.setAttribute("aria-sort", order);
        rows.sort((first, second) => {
          const [a, b] = [text(first, place), text(second, place)], [x, y] = [number(a), number(b)];
          if (isNaN(x) !== isNaN(y)) return isNaN(x) ? 1 : -1;
          return turn * (isNaN(x) ? a.localeCompare(b) : x - y);
        });
      }
      body.append(...rows);
    });
  });
}
