"""Values that would act if a report let them, and a study that holds them in every text field."""

from __future__ import annotations

import csv
import itertools
import re
from pathlib import Path

from ctresearch.schema import FRAMEWORK, STUDY

ROOT = Path(__file__).parents[1]
EVIL = "http://evil.example"

_FORMS = (
    # scripts
    "<script>pwn(N)</script>",
    "<ScRiPt >pwn(N)</sCrIpT >",
    "</td></table><script>pwn(N)</script>",
    '"><script>pwn(N)</script>',
    "'><script>pwn(N)</script>",
    "--><script>pwn(N)</script>",
    "</title></style><script>pwn(N)</script>",
    "</script><script>pwn(N)</script>",
    '<script src="data:text/javascript,pwn(N)"></script>',
    "<script>alert(N)</script>",
    '<noscript><p title="</noscript><img src=x onerror=pwn(N)>">',
    "]]><script>pwn(N)</script>",
    # event handlers
    "<img src=x onerror=pwn(N)>",
    "<img src=x onerror=alert(N)>",
    "<body onload=pwn(N)>",
    "<details open ontoggle=pwn(N)>",
    "<input autofocus onfocus=pwn(N)>",
    "<video><source onerror=pwn(N)></video>",
    "<audio src=x onerror=pwn(N)>",
    "<style onload=pwn(N)></style>",
    '<iframe srcdoc="<script>parent.pwn(N)</script>"></iframe>',
    '<iframe src="javascript:parent.pwn(N)"></iframe>',
    '<object data="javascript:pwn(N)"></object>',
    '<embed src="javascript:pwn(N)">',
    '<a href="javascript:pwn(N)">press</a>',
    '<a href="java&#10;script:pwn(N)">press</a>',
    '<a href="data:text/html,<script>opener.pwn(N)</script>">press</a>',
    '" onmouseover="pwn(N)" x="',
    "' onfocus=pwn(N) autofocus tabindex=1 x='",
    '<form action="javascript:pwn(N)"><button>press</button></form>',
    # drawings
    "<svg onload=pwn(N)>",
    "<svg><script>pwn(N)</script></svg>",
    "<svg><animate onbegin=pwn(N) attributeName=x dur=1s>",
    "<svg><foreignObject><img src=x onerror=pwn(N)></foreignObject></svg>",
    '<svg></p><style><a id="</style><img src=1 onerror=pwn(N)>">',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=pwn(N)&gt;">',
    # styles, and what loads
    f"<style> @import'{EVIL}/N.css'</style>",
    "<style>*{display:none!important}/*N*/</style>",
    f'<p style="background:url({EVIL}/N)">',
    '<div style="position:fixed;inset:0;background:red">N</div>',
    f'<link rel=stylesheet href="{EVIL}/N">',
    f'<meta http-equiv=refresh content="0;url={EVIL}/N">',
    f'<base href="{EVIL}/N/">',
    f"<img src={EVIL}/N.png>",
    # unicode
    "\uff1cscript\uff1epwn(N)\uff1c/script\uff1e",
    "\u202e<tpircs>pwn(N)\u202c",
    "<scr\u200bipt>pwn(N)</scr\u200bipt>",
    "a\u2028b\u2029<img src=x onerror=pwn(N)>",
    "e\u0301\u0489 \U0001f4a3 \ufdfa pwn(N)",
    "&lt;script&gt;pwn(N)&lt;/script&gt;",
    "&#60;img src=x onerror=pwn(N)&#62;",
    "\\u003cscript\\u003epwn(N)\\u003c/script\\u003e",
    # Markdown
    "[press](javascript:pwn(N))",
    '![x](x"onerror="pwn(N))',
    "**N** `code` # heading\\",
    "<javascript:pwn(N)>",
    "| N | table |",
    "$\\href{javascript:pwn(N)}{x}$",
    # templates and other languages
    "{{ N * 7 }}{% raw %}",
    "{% include '/etc/passwd' %} N",
    "{{constructor.constructor('pwn(N)')()}}",
    "${pwn(N)} #{pwn(N)} <%= pwn(N) %>",
    "%(N)s %s {0} {data.study}",
    '"};pwn(N);//',
    "';pwn(N)//",
    '#panic("N") #read("/etc/passwd")',
    "\\input{/etc/passwd} N",
    # formulas
    "=1+N",
    "=cmd|'/C calc'!AN",
    f'=HYPERLINK("{EVIL}/N","x")',
    "+N+1",
    "-N+1",
    "@SUM(N+1)",
    "\uff1d1+N",
    "{=1+N}",
)
VALUES = tuple(re.sub(r"\bN\b|(?<=[A(])N\b", str(number), form) for number, form in enumerate(_FORMS, start=100))
"""Each carries a number of its own."""

FOLDER = "<img src=x onerror=pwn(99)>{{7}}"
"""Name of the study's folder."""

_MEANING = {
    "codes": {"code"},
    "indicators": set(),
    "labels": {"code", "label"},
    "instruments": {"expected_parties"},
    "quotas": {"code"},
    "translations": {"code", "text"},
    "codebook": {"stem"},
    "urgency": {"stands_for"},
    "benchmarks": {"item"},
    "measures": {"facet"},
    "gsi_items": {"facet"},
    "sign_offs": {"role"},
}
"""Columns of text that are read by the library as codes or words to compare; every other is planted."""
_FILLED = {"ballots"}
"""Tables in which a cell may hold a text only where it does already."""
_KEPT = ("AVQ", "LRQ")
_SETTINGS = {"resamples_n": 20, "draws_n": 64, "base_n": 16, "weight_copies_n": 2, "permutations_n": 99}


def plant(folder: Path) -> dict[str, int]:
    """Write the hostile study into a folder: two places of the demo with a value in every text field.

    Returns how many cells of each text column hold one.
    """
    demo, place = ROOT / "data" / "demo", folder / FOLDER
    (place / "framework").mkdir(parents=True)
    taken: dict[str, dict[str, str]] = {}
    planted, heard = {}, None
    for table, source in [(t, demo) for t in STUDY] + [(t, ROOT / "data" / "framework") for t in FRAMEWORK]:
        if table.name == "corrections" or not (source / table.file).exists():
            continue
        with (source / table.file).open(encoding="utf-8", newline="") as stream:
            rows = [row for row in csv.DictReader(stream) if _is_kept(row, table.scope)]
        if table.name == "stakeholders":
            heard = {row["stakeholder"] for row in rows}
        rows = [row for row in rows if heard is None or row.get("stakeholder") in (None, *heard)]
        for column in table.columns:
            if column.kind == "text" and column.name not in _MEANING.get(table.name, ()):
                filled = [row for row in rows if row[column.name] or table.name not in _FILLED]
                _plant_column(filled, column.name, taken.setdefault(column.name, {}))
                planted[f"{table.name}.{column.name}"] = sum(_is_planted(row[column.name]) for row in rows)
        target = place if source == demo else place / "framework"
        with (target / table.file).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, [column.name for column in table.columns], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    (place / "study.toml").write_text(_plant_settings(demo / "study.toml"), encoding="utf-8")
    return planted


def _is_kept(row: dict[str, str], scope: tuple[str, ...]) -> bool:
    owners = [row[name] for name in scope or ("jurisdiction", "scope") if name in row]
    return not owners or any(owner in (*_KEPT, "REG") for owner in owners)


def _plant_column(rows: list[dict[str, str]], name: str, taken: dict[str, str]) -> None:
    values = itertools.cycle(VALUES)
    for row, value in zip(rows, values, strict=False):
        text = row[name]
        # The same text becomes the same in every table, so that what refers to it still does.
        row[name] = taken.setdefault(text, f"{value} {text}".strip()) if text else value


def _is_planted(text: str) -> bool:
    return text.startswith(VALUES)


def _plant_settings(file: Path) -> str:
    parts = re.split(r"(?m)^(?=\[)", file.read_text(encoding="utf-8"))
    values = itertools.cycle(VALUES)
    kept, abroad = [], ""
    for part in parts:
        code = re.search(r'(?m)^code = "([A-Z]{3})"', part)
        if code and code[1] not in _KEPT:
            abroad += f'{code[1]} = "{code[1]}"\n'
        else:
            kept.append(_plant_part(part, values))
    settings = "".join(kept).replace("[labels.country]\n", f"[labels.country]\n{abroad}")
    for name, number in _SETTINGS.items():
        settings = re.sub(rf"(?m)^{name} = \d+", f"{name} = {number}", settings)
    return settings


def _plant_part(part: str, values: itertools.cycle) -> str:
    def write(found: re.Match) -> str:
        text = f"{next(values)} {found['text']}".replace("\\", "\\\\").replace('"', '\\"')
        return f'{found["before"]}{found["name"]} = "{text}"'

    names = "title|short_title|objective|name|label|reason|series"
    return re.sub(rf'(?m)(?P<before>^|\{{ )(?P<name>{names}) = "(?P<text>.*?)"', write, part)
