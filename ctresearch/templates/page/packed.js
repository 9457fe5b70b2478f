{
  // What is packed in the page is opened at once; then the tools start.
  // Words of the report may hold such an attribute too: only places of the page itself count.
  const places = [...document.querySelectorAll("main > [data-packed], body > [data-packed]")];

  async function unpack(packed) {
    const letters = atob(packed);
    const bytes = new Uint8Array(letters.length);
    for (let at = 0; at < letters.length; at++) bytes[at] = letters.charCodeAt(at);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const turns = JSON.parse(await new Response(stream).text());
    return turns.map((turn, at) => (at % 2 ? `data:image/svg+xml,${encodeURIComponent(turn)}` : turn)).join("");
  }

  async function open() {
    // A piece that is damaged leaves the link to its own page where it is.
    const read = await Promise.allSettled(places.map(async (place) => unpack(place.dataset.packed)));
    read.forEach(({ value }, at) => {
      delete places[at].dataset.packed;
      if (value === undefined) return;
      const piece = document.createElement("template");
      piece.innerHTML = value;
      places[at].replaceWith(piece.content);
    });
    startTools();
    if (location.hash) await show();
  }

  async function show() {
    // What is out of sight has its true height only once it was laid out: a jump before that ends far from its place.
    if (document.readyState !== "complete") await new Promise((done) => { addEventListener("load", done); });
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
    location.replace(location.hash);
  }

  open();
}
