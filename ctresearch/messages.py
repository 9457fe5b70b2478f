"""The messages of the report in plain words: sentences made from its own tables, each with what it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from ctresearch.vocabulary import Vocabulary

Tables = Mapping[str, pd.DataFrame]
"""Data behind the exhibits of a page, by their names."""

NOTHING = "ND: nothing was found in the sources of this study."
_MOST_NAMED = 3
_VERDICTS = {
    "rising": "rose",
    "falling": "fell",
    "no_clear_change": "shows no clear change",
    "not_enough_years": "has too few years to say",
}


@dataclass(frozen=True)
class Message:
    """One message: a headline, sentences, the names of the exhibits that it rests on, and the rows with the sources."""

    headline: str
    sentences: tuple[str, ...]
    evidence: tuple[str, ...]
    rows: pd.DataFrame

    @property
    def text(self) -> str:
        """The words of the message."""
        return " ".join([self.headline, *self.sentences])


def say_messages(tables: Tables, *, jurisdictions: Sequence[str], vocabulary: Vocabulary) -> tuple[Message, ...]:
    """Say the five messages of the region from the data behind the exhibits of its page.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        `trends-verdicts`, `convictions-verdicts`, `shared-gaps`, `urgent-shared`, `pairs`, `complementary` and
        `coverage`; one that is absent or empty is said to be unknown.
    jurisdictions : sequence of str
        Codes in the order of the report.
    """
    return (
        say_series(tables, "trends-verdicts", "The number of detected victims", jurisdictions, vocabulary),
        say_series(tables, "convictions-verdicts", "The number of persons convicted", jurisdictions, vocabulary),
        say_shared_gaps(tables, jurisdictions, vocabulary),
        say_cooperation(tables, vocabulary),
        say_unknown(tables, jurisdictions, vocabulary),
    )


def say_series(tables: Tables, name: str, what: str, jurisdictions: Sequence[str], vocabulary: Vocabulary) -> Message:
    """Say where yearly numbers rose or fell, where no change is clear, and where there is no series.

    Examples
    --------
    >>> rows = pd.DataFrame({"jurisdiction": ["AAA", "BBB"], "verdict": ["rising", "no_clear_change"]})
    >>> names = Vocabulary({"jurisdiction": {"AAA": "Arcadia", "BBB": "Borduria", "CCC": "Cockaigne"}})
    >>> said = say_series({"x": rows}, "x", "The number of victims", ["AAA", "BBB", "CCC"], names)
    >>> print(said.headline)
    The number of victims rose in 1 of 2 places with a series of years.
    >>> print(said.sentences[0], said.sentences[1])
    It rose in Arcadia. It shows no clear change in Borduria.
    """
    rows = tables.get(name, pd.DataFrame(columns=["jurisdiction", "verdict"]))
    if rows.empty:
        return Message(f"{what} cannot be followed over the years.", (NOTHING,), (name,), rows)
    counts = rows["verdict"].value_counts()
    sentences = [
        f"It {words} in {_join(rows.loc[rows['verdict'].eq(verdict), 'jurisdiction'], 'jurisdiction', vocabulary)}."
        for verdict, words in _VERDICTS.items()
        if counts.get(verdict, 0)
    ]
    alone = rows[rows["verdict"].eq("no_clear_change") & _changes_alone(rows)]
    if len(alone):
        places = _join(alone["jurisdiction"], "jurisdiction", vocabulary)
        sentences.append(f"Judged alone, and not with the others, it may have changed in {places}.")
    turns = rows.get("turn", pd.Series("", index=rows.index)).fillna("")
    sentences += [
        f"The course turned in {_join([code], 'jurisdiction', vocabulary)}: {turn}."
        for code, turn in zip(rows["jurisdiction"], turns, strict=True)
        if turn
    ]
    without = [code for code in jurisdictions if code not in set(rows["jurisdiction"])]
    if without:
        sentences.append(f"There is no series for {_join(without, 'jurisdiction', vocabulary)}.")
    moved = [f"{word} in {counts[way]}" for way, word in (("rising", "rose"), ("falling", "fell")) if way in counts]
    moves = f"{' and '.join(moved)} of" if moved else "clearly rose or fell in none of the"
    headline = f"{what} {moves} {len(rows)} places with a series of years."
    return Message(headline, tuple(sentences), (name,), rows)


def _changes_alone(rows: pd.DataFrame) -> pd.Series:
    """Say where the interval of a series alone leaves no room for no change."""
    low, high = (rows.get(f"change_pct_{end}", pd.Series(0.0, index=rows.index)) for end in ("low", "high"))
    return low.gt(0) | high.lt(0)


def say_shared_gaps(tables: Tables, jurisdictions: Sequence[str], vocabulary: Vocabulary) -> Message:
    """Say how many gaps are shared, which by most, and which needs are urgent in several places."""
    gaps = tables.get("shared-gaps", pd.DataFrame(columns=["indicator", "gaps_n"]))
    urgent = tables.get("urgent-shared", pd.DataFrame(columns=["indicator", "shared_n"]))
    if gaps.empty and urgent.empty:
        return Message("No gap is known to be shared.", (NOTHING,), ("shared-gaps", "urgent-shared"), gaps)
    sentences = []
    if len(gaps):
        most = int(gaps["gaps_n"].max())
        named = gaps.loc[gaps["gaps_n"].eq(most), "indicator"]
        sentences.append(f"Shared by most, {most} of {len(jurisdictions)}: {_join(named, 'indicator', vocabulary)}.")
    if len(urgent):
        sentences.append(f"Urgent in several places: {_join(urgent['indicator'], 'indicator', vocabulary)}.")
    least = int(gaps["gaps_n"].min()) if len(gaps) else 0
    many = f"{len(gaps)} gaps are shared by {least} places or more." if len(gaps) else "No gap is known to be shared."
    return Message(many, tuple(sentences), ("shared-gaps", "urgent-shared"), urgent)


def say_cooperation(tables: Tables, vocabulary: Vocabulary) -> Message:
    """Say for how many pairs an instrument of their own was found, and on what they can learn from each other."""
    pairs = tables.get("pairs", pd.DataFrame(columns=["first", "second", "bilateral_n"]))
    learn = tables.get("complementary", pd.DataFrame(columns=["indicator"]))
    evidence = ("pairs", "complementary")
    if pairs.empty:
        return Message("Where places work together is not known.", (NOTHING,), evidence, pairs)
    found = pairs[pairs["bilateral_n"].gt(0)]
    without = pairs[pairs["bilateral_n"].eq(0)]
    headline = f"For {len(found)} of {len(pairs)} pairs an agreement of their own was found."
    sentences = []
    if len(without):
        named = [
            f"{vocabulary.label('jurisdiction', row.first)} with {vocabulary.label('jurisdiction', row.second)}"
            for row in without.itertuples()
        ]
        sentences.append(f"None was found for {_shorten(named)}. That does not mean that there is none.")
    if len(learn):
        sentences.append(f"On {len(learn)} questions, one place does well where others have a gap.")
        sentences.append(f"Among them: {_join(learn['indicator'], 'indicator', vocabulary)}.")
    return Message(headline, tuple(sentences), evidence, pairs)


def say_unknown(tables: Tables, jurisdictions: Sequence[str], vocabulary: Vocabulary) -> Message:
    """Say on how many questions nothing was found, and where most is unknown."""
    coverage = tables.get("coverage", pd.DataFrame(columns=["jurisdiction", "reading"]))
    if coverage.empty:
        return Message("What is not known cannot be counted.", (NOTHING,), ("coverage",), coverage)
    silent = coverage[coverage["reading"].eq("ND")]
    share = len(silent) / len(coverage)
    headline = f"On {len(silent)} of {len(coverage)} questions ({share:.0%}) nothing was found."
    counts = silent["jurisdiction"].value_counts().reindex(list(jurisdictions), fill_value=0)
    asked = len(coverage) // max(coverage["jurisdiction"].nunique(), 1)
    named = [f"{vocabulary.label('jurisdiction', code)} {count}" for code, count in counts.items()]
    sentences = (
        f"Each place is asked {asked} questions. Without an answer: {_list(named)}.",
        "Silence is no finding about a place. It shows where to ask.",
    )
    return Message(headline, sentences, ("coverage",), coverage)


def _join(codes: Sequence[str] | pd.Series, of: str, vocabulary: Vocabulary) -> str:
    words = [vocabulary.label(of, code) for code in codes]
    return _list(words) if of == "jurisdiction" else _shorten(words)


def _shorten(words: Sequence[str]) -> str:
    """Name the first few, and how many more there are."""
    more = len(words) - _MOST_NAMED
    return _list(words) if more <= 0 else _list([*words[:_MOST_NAMED], f"{more} more"])


def _list(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
