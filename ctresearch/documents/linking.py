"""Links within a PDF (pikepdf).

Typst sets a report with thousands of links to labels twice, but one with links to addresses once; so the links are
set as addresses, and turned when all places are known.
"""

from __future__ import annotations

import io
from collections.abc import Mapping

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


def link_places(content: bytes, places: Mapping[str, tuple[int, float, float]]) -> bytes:
    """Make links of a PDF lead to its own places, which become destinations that other files can link to by name.

    Parameters
    ----------
    content : bytes
        The PDF, with links to the addresses of places by their order.
    places : mapping of str to tuple
        Page, from 1, and points from its left and its upper edge, by the name of the place.
    """
    names = list(places)
    stream = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        pages = list(pdf.pages)
        tree = pikepdf.NameTree.new(pdf)
        for name, (page, left, top) in places.items():
            height = float(pages[page - 1].MediaBox[3])
            at = [pikepdf.Name.XYZ, left, height - max(top - _ABOVE, 0), 0]
            tree[name] = pikepdf.Array([pages[page - 1].obj, *at])
        pdf.Root.Names = pikepdf.Dictionary(Dests=tree.obj)
        for link in (link for page in pages for link in page.get("/Annots", [])):
            address = str(link.A.URI) if "/A" in link else ""
            if address.startswith(_SCHEME):
                name = names[int(address.removeprefix(_SCHEME))]
                del link.A
                link.Dest = pikepdf.String(name)
                link.Contents = pikepdf.String(f"page {places[name][0]}")
        pdf.save(
            stream,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
        )
    return stream.getvalue()
