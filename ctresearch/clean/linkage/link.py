"""Find the records of one person in the lists of several agencies, and apply what people decide about the doubtful."""

from __future__ import annotations

from math import log2
from typing import TYPE_CHECKING

import pandas as pd

from ctresearch.clean.linkage.encode import encode_identifiers
from ctresearch.clean.linkage.resolve import (
    DECISION,
    count_captures,
    empty_pairs,
    find_groups,
    settle,
)
from ctresearch.clean.linkage.result import FIELDS, PAIR, Linkage, LinkageSettings
from ctresearch.clean.linkage.rules import compare_exactly, find_exact_pairs, pair_equal
from ctresearch.clean.linkage.score import find_prior, open_linker, score_groups, score_pairs
from ctresearch.schema.problems import Problem, StudyError

if TYPE_CHECKING:
    from splink import Linker

DOUBT = {
    "weight": "weight between the two thresholds",
    "rule": "an exact rule holds, but the other fields speak against it",
    "document": "same document, other names and birth date",
}
_DECISIONS = ("same", "different")
_FILE = "decisions"


def link_records(
    identifiers: pd.DataFrame,
    *,
    key: bytes,
    labels: pd.DataFrame,
    settings: LinkageSettings,
    weights: pd.DataFrame | None,
) -> Linkage:
    """Link the records of one person within and between agencies, by keyed hashes.

    Parameters
    ----------
    identifiers, key, labels
        See `encode_identifiers`.
    settings : LinkageSettings
        Thresholds in bits, and the day of the age bands.
    weights : pandas.DataFrame or None
        `field`, `level`, `m`, `u` (see `open_linker`): exact rules first, then the weighing, which needs the optional
        extra `linkage`. The shipped table was set on fictitious people; `estimate_weights` learns one from the lists.
        None: exact rules alone, which find no misspelt name.

    Returns
    -------
    Linkage
        Nothing of it holds a name, birth date or document number, or a hash of one.

    Raises
    ------
    StudyError, ValueError, ImportError
        See `encode_identifiers` and `open_linker`.

    Examples
    --------
    >>> labels = pd.DataFrame({"list": ["name_spelling"], "code": ["d"], "label": ["dj"]})
    >>> rows = pd.DataFrame({"case_id": ["n1", "p1"], "agency": ["ngo", "police"], "given_name": ["Đela", "Tora"],
    ...     "family_name": ["Тора", "Djela"], "birth_date": "2001-02-03", "sex": "female", "citizenship": "AAA",
    ...     "document_number": None})
    >>> chosen = LinkageSettings(match=2, review=-4, margin=3, certain_recall=0.6, age_on="2020-06-30")
    >>> linkage = link_records(rows, key=bytes(range(32)), labels=labels, settings=chosen, weights=None)
    >>> linkage.links.loc[0, ["case_id_a", "case_id_b", "rule"]].tolist()
    ['n1', 'p1', 'names and birth date']
    >>> linkage.captures
       ngo  police     sex age_band  persons_n
    0    1       1  female   18--20          1
    """
    encoded = encode_identifiers(identifiers, key=key, labels=labels, age_on=settings.age_on)
    exact = find_exact_pairs(encoded)
    if weights is None:
        links, doubtful, conflicts = _judge_exact(encoded, exact)
    else:
        links, doubtful, conflicts = _judge_weighed(encoded, exact, weights=weights, settings=settings)
    records = encoded[["case_id", "agency", "sex", "age_band"]]
    return _finish(records, links, doubtful, conflicts, margin=settings.margin)


def apply_decisions(linkage: Linkage, decisions: pd.DataFrame, *, margin: float) -> Linkage:
    """Join and part records as a person decided, and count the lists again.

    A decision outranks rules and weights. A link that contradicts one goes back to the review.

    Parameters
    ----------
    linkage : Linkage
        From `link_records`, or from here.
    decisions : pandas.DataFrame
        `case_id_a`, `case_id_b` (in either order) and `decision`: `same` or `different`.
    margin : float
        As in the settings.

    Raises
    ------
    StudyError
        With every problem: missing columns, unknown case ids or decisions, decisions that cannot all be true.

    Examples
    --------
    >>> pair = {"case_id_a": ["n1"], "case_id_b": ["p1"]}
    >>> records = pd.DataFrame({"case_id": ["n1", "p1"], "agency": ["ngo", "police"], "sex": "female",
    ...     "age_band": "9--17", "person": ["P1", "P2"]})
    >>> none = empty_pairs()
    >>> apart = Linkage(none, records, count_captures(records), none, none)
    >>> decided = apply_decisions(apart, pd.DataFrame({**pair, "decision": "same"}), margin=3)
    >>> decided.clusters["person"].tolist()
    ['P1', 'P1']
    """
    _check_decisions(linkage.clusters["case_id"], decisions)
    decided = _order_ends(decisions).drop_duplicates([*PAIR, "decision"])
    same, different = (decided[decided["decision"] == word] for word in _DECISIONS)
    _check_consistent(linkage.clusters["case_id"], same, different)
    known = pd.concat([linkage.links, linkage.review], ignore_index=True).drop_duplicates(list(PAIR))
    new = same[list(PAIR)].merge(known[[*PAIR, "weight", *FIELDS]], on=list(PAIR), how="left").assign(rule=DECISION)
    links = pd.concat([_without(linkage.links, decided), new], ignore_index=True)
    groups = find_groups(linkage.clusters["case_id"], same)
    overruled = linkage.conflicts["case_id_a"].map(groups) == linkage.conflicts["case_id_b"].map(groups)
    conflicts = pd.concat([linkage.conflicts[~overruled], different[list(PAIR)]]).drop_duplicates()
    records = linkage.clusters.drop(columns="person")
    return _finish(records, links, _without(linkage.review, decided), conflicts, margin=margin)


def _judge_exact(encoded: pd.DataFrame, exact: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    alone = _without(pair_equal(encoded, ["document_number"]), exact).assign(reason=DOUBT["document"])
    links, doubtful = (compare_exactly(encoded, pairs).assign(weight=float("nan")) for pairs in (exact, alone))
    return links, doubtful, empty_pairs()[list(PAIR)]


def _judge_weighed(
    encoded: pd.DataFrame, exact: pd.DataFrame, *, weights: pd.DataFrame, settings: LinkageSettings
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    prior = find_prior(len(encoded), len(exact), settings.certain_recall)
    linker = open_linker(encoded, weights=weights, prior=prior)
    pairs = score_pairs(linker, least=min(settings.review, log2(prior) - 100))
    pairs = pairs.merge(exact, on=list(PAIR), how="left")
    is_exact, is_against = pairs["rule"].notna(), pairs["weight"] < settings.review
    is_link = (is_exact & ~is_against) | (pairs["weight"] >= settings.match)
    is_doubtful = ~is_link & (is_exact | ~is_against)
    reasons = is_exact.map({True: DOUBT["rule"], False: DOUBT["weight"]})
    links = pairs[is_link].assign(rule=pairs["rule"].fillna("weight"))
    doubtful = pairs.assign(reason=reasons)[is_doubtful]
    conflicts = _find_conflicts(linker, encoded, links, review=settings.review)
    return links, doubtful, conflicts


def _find_conflicts(linker: Linker, encoded: pd.DataFrame, links: pd.DataFrame, *, review: float) -> pd.DataFrame:
    groups = find_groups(encoded["case_id"], links)
    chained = groups[groups.map(groups.value_counts()) > 2]
    if chained.empty:
        return empty_pairs()[list(PAIR)]
    pairs = score_groups(linker, encoded, chained)
    against = pairs.loc[pairs["weight"] < review, list(PAIR)]
    return _without(against, links).reset_index(drop=True)


def _finish(
    records: pd.DataFrame, links: pd.DataFrame, doubtful: pd.DataFrame, conflicts: pd.DataFrame, *, margin: float
) -> Linkage:
    kept, clusters, review = settle(records, links, doubtful, conflicts, margin=margin)
    return Linkage(
        links=kept,
        clusters=clusters.reset_index(drop=True),
        captures=count_captures(clusters),
        review=review,
        conflicts=conflicts.sort_values(list(PAIR), ignore_index=True),
    )


def _order_ends(pairs: pd.DataFrame) -> pd.DataFrame:
    is_turned = pairs["case_id_a"] > pairs["case_id_b"]
    first, second = pairs["case_id_a"], pairs["case_id_b"]
    return pairs.assign(case_id_a=first.mask(is_turned, second), case_id_b=second.mask(is_turned, first))


def _without(pairs: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    return pairs[~pd.MultiIndex.from_frame(pairs[list(PAIR)]).isin(pd.MultiIndex.from_frame(others[list(PAIR)]))]


def _check_decisions(case_ids: pd.Series, decisions: pd.DataFrame) -> None:
    missing = [name for name in (*PAIR, "decision") if name not in decisions.columns]
    if missing:
        remedy = "Take the table of pairs for review and add the column."
        raise StudyError([Problem(_FILE, "every column of decisions", remedy, column=name) for name in missing])
    checks = [
        (~decisions[name].isin(case_ids), "a case id of the linked records", "Copy it from the review.", name)
        for name in PAIR
    ]
    checks += [
        (~decisions["decision"].isin(_DECISIONS), "same or different", "Leave undecided pairs out.", "decision"),
        (decisions["case_id_a"].eq(decisions["case_id_b"]), "two records", "Name two case ids.", "case_id_b"),
    ]
    found = [
        Problem(_FILE, expected, remedy, tuple(int(row) for row in wrong.index[wrong]), column)
        for wrong, expected, remedy, column in checks
        if wrong.any()
    ]
    if found:
        raise StudyError(found)


def _check_consistent(case_ids: pd.Series, same: pd.DataFrame, different: pd.DataFrame) -> None:
    groups = find_groups(case_ids, same)
    is_wrong = different["case_id_a"].map(groups) == different["case_id_b"].map(groups)
    both = pd.merge(same.reset_index(), different.reset_index(), on=list(PAIR))
    rows = sorted({*(int(row) for row in different.index[is_wrong]), *both["index_x"].astype(int)})
    if rows:
        remedy = "Decide again: these rows part records that other rows join."
        raise StudyError([Problem(_FILE, "decisions that can all be true", remedy, tuple(rows), "decision")])
