"""What pages made from a template share: the style, the script with its digest, and the notes of jurisdictions."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Collection, Iterable
from html import escape
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from ctresearch.study import Study

TEMPLATES = Path(__file__).parents[1] / "templates"
"""Templates of pages and slides."""

PLACE = Markup("<!-- pieces -->")
"""Stands in a rendered page where its pieces are to be written."""

_NOTES = re.compile(r'(<footer class="report">)(?:<p class="jurisdiction-note">[^<]*</p>)*')

SCRIPTS = ("sort.js", "comment.js")
"""Scripts of every page with exhibits, one behind the other in one element."""


def render(template: str, study: Study, *, script: str = "", **context: object) -> str:
    """Render a template of pages with the style, a script that its policy allows, and the notes of the places named."""
    environment = Environment(loader=FileSystemLoader(TEMPLATES / "page"), autoescape=True)
    html = environment.get_template(template).render(
        study=study,
        style=Markup((TEMPLATES / "page" / "style.css").read_text(encoding="utf-8")),
        script=Markup(script),
        script_hash=f"sha256-{hash_script(script)}",
        **context,
    )
    return add_notes(html, study)


def read_script(*names: str) -> str:
    """Return the scripts of pages as one."""
    return "\n".join((TEMPLATES / "page" / name).read_text(encoding="utf-8") for name in names or SCRIPTS)


def add_notes(html: str, study: Study, named: Collection[str] = ()) -> str:
    """Write at the foot of a page the notes of the jurisdictions that it names, in place of earlier ones.

    Parameters
    ----------
    named : collection of str
        Notes of those that other pieces of the page name.
    """
    html = _NOTES.sub(r"\1", html, count=1)
    found = {*named, *study.notes_for(html)}
    notes = "".join(
        f'<p class="jurisdiction-note">{escape(note)}</p>'
        for note in dict.fromkeys(place.note for place in study.jurisdictions)
        if note in found
    )
    return html.replace('<footer class="report">', f'<footer class="report">{notes}', 1)


def mark_state(html: str, state: str) -> str:
    """Say at the head of a page, or above the slides, where the report stands.

    Examples
    --------
    >>> mark_state('<header class="report"><a>Title</a></header>', "Draft.")
    '<header class="report"><p class="state">Draft.</p><a>Title</a></header>'
    """
    line = f'<p class="state">{escape(state)}</p>'
    for place in ('<header class="report">', '<div class="reveal">'):
        html = html.replace(place, place + line, 1)
    return html


def write_pieces(
    file: Path,
    frame: str,
    pieces: Iterable[str],
    study: Study,
    *,
    closing: Callable[[], str] = str,
    put: Callable[[str], str] = str,
) -> None:
    """Write a page piece by piece, so that memory does not grow with the report.

    Parameters
    ----------
    frame : str
        The page around the pieces, which stand at `PLACE`.
    closing : callable
        Called after the last piece; returns what stands before the foot of the page.
    put : callable
        Returns what the page holds of a piece.
    """
    start, end = frame.split(PLACE)
    named = set(study.notes_for(start))
    with file.open("w", encoding="utf-8") as stream:
        stream.write(start)
        for piece in pieces:
            stream.write(put(piece))
            named.update(study.notes_for(piece))
        foot = '<footer class="report">'
        last = closing()
        named.update(study.notes_for(last))
        stream.write(add_notes(end.replace(foot, put(last) + foot, 1), study, named))


def hash_script(script: str) -> str:
    """Return the digest by which a content security policy allows a script.

    Examples
    --------
    >>> hash_script("")
    '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='
    """
    return base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
