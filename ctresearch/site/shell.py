"""What pages made from a template share: the style, the script with its digest, and the notes of jurisdictions."""

from __future__ import annotations

import base64
import hashlib
import re
from html import escape
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from ctresearch.study import Study

TEMPLATES = Path(__file__).parents[1] / "templates"
"""Templates of pages and slides."""

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


def add_notes(html: str, study: Study) -> str:
    """Write at the foot of a page the notes of the jurisdictions that it names, in place of earlier ones."""
    html = _NOTES.sub(r"\1", html, count=1)
    notes = "".join(f'<p class="jurisdiction-note">{escape(note)}</p>' for note in study.notes_for(html))
    return html.replace('<footer class="report">', f'<footer class="report">{notes}', 1)


def hash_script(script: str) -> str:
    """Return the digest by which a content security policy allows a script.

    Examples
    --------
    >>> hash_script("")
    '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='
    """
    return base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
