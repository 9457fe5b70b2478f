"""Links within a PDF (pikepdf).

Typst sets a report with thousands of links to labels twice, but one with links to addresses once; so the links are
set as addresses, and turned when all places are known.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pikepdf

_SCHEME = "place:"
_ABOVE = 10
"""Points above a place at which a page is opened."""


def address_place(number: int) -> str:
    """Return the address under which a place is linked until `link_places` finds it.

    Examples
    --------
    >>> address_place(3)
    'place:3'
    """
    return f"{_SCHEME}{number}"


def link_places(pages: Path, places: Mapping[str, tuple[int, float, float]], file: Path) -> None:
    """Make links of a PDF lead to its own places, which become destinations that other files can link to by name.

    Parameters
    ----------
    pages : Path
        The PDF, with links to the addresses of places by their order; of a stream, reading takes twice as long.
    places : mapping of str to tuple
        Page, from 1, and points from its left and its upper edge, by the name of the place.
    file : Path
        Where to write it.
    """
    names = list(places)
    with pikepdf.open(pages) as pdf:
        sheets = list(pdf.pages)
        heights = [float(page.MediaBox[3]) for page in sheets]
        named = []
        for name, (page, left, top) in places.items():
            at = [left, heights[page - 1] - max(top - _ABOVE, 0), 0]
            named.append((pikepdf.String(name), pikepdf.Array([sheets[page - 1].obj, pikepdf.Name.XYZ, *at])))
        # A reader of PDF seeks a name by halves; put in one by one, they would be sorted anew each time.
        named.sort(key=lambda pair: bytes(pair[0]))
        pdf.Root.Names = pikepdf.Dictionary(Dests={"/Names": [part for pair in named for part in pair]})
        for link in (link for page in sheets for link in page.get("/Annots", [])):
            address = str(link.A.URI) if "/A" in link else ""
            if address.startswith(_SCHEME):
                name = names[int(address.removeprefix(_SCHEME))]
                del link.A
                link.Dest = pikepdf.String(name)
                link.Contents = pikepdf.String(f"page {places[name][0]}")
        pdf.save(
            file,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
        )
