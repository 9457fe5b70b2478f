{
  // What stands in files beside the page is read once it is open, one file after the other; then the tools start.
  // Words of the report may hold such an attribute too: only places of the page itself count, and files beside it.
  const waiting = [...document.querySelectorAll("main > [data-part], body > [data-part]")]
    .filter((place) => /^whole\/[\w-]+\.js$/.test(place.dataset.part));
  const isThere = Boolean(document.querySelector(":target"));

  function next() {
    if (!waiting.length) {
      startTools();
      if (location.hash && !isThere) location.replace(location.hash);
      return;
    }
    const script = document.createElement("script");
    script.src = waiting[0].dataset.part;
    // A file that was lost leaves the link to its own page where it is.
    script.onerror = () => { delete waiting.shift().dataset.part; next(); };
    document.head.append(script);
  }

  globalThis.readPart = (html) => {
    const read = document.createElement("template");
    read.innerHTML = html;
    waiting.shift().replaceWith(read.content);
    next();
  };
  addEventListener("load", next);
}
