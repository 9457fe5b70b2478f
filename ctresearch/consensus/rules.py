"""What is fixed before a round or a vote, as content hashes: the rule of consensus, and the list that is put to it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict

import pandas as pd

from ctresearch.choices import DelphiRules
from ctresearch.schema import Problem

LIST_COLUMNS = ("recommendation_id", "scope", "action")
"""What a list that is put to the vote says of a recommendation."""

_DIGITS = 12


def digest_rules(rules: DelphiRules) -> str:
    """Return the content hash of a rule of consensus; another rule has another.

    Examples
    --------
    >>> strict = DelphiRules(3, "iqr", 1.0, 5, 0.15)
    >>> digest_rules(strict) == digest_rules(DelphiRules(3, "iqr", 2.0, 5, 0.15))
    False
    """
    return _hash(json.dumps(asdict(rules), sort_keys=True))


def fix_list(advice: pd.DataFrame) -> pd.DataFrame:
    """Fix the list of recommendations that is put to the panel and to the vote.

    Parameters
    ----------
    advice : pandas.DataFrame
        From `recommendations.recommend`, or any table with `recommendation_id`, `scope` and `action`.

    Returns
    -------
    pandas.DataFrame
        Contract of `voting_list`; `list_version` changes with every recommendation and every word of it.

    Examples
    --------
    >>> advice = pd.DataFrame({"recommendation_id": ["AAA-1"], "scope": ["AAA"], "action": ["Train."]})
    >>> before, after = fix_list(advice), fix_list(advice.assign(action="Train all."))
    >>> before["list_version"][0] == after["list_version"][0]
    False
    """
    rows = advice[list(LIST_COLUMNS)].reset_index(drop=True)
    version = _hash(json.dumps(rows.to_numpy().tolist(), ensure_ascii=False))
    return rows.assign(list_version=pd.Series(version, index=rows.index, dtype="str"))


def find_changed_rules(
    rounds: pd.DataFrame, voting_list: pd.DataFrame, rules: DelphiRules, *, file: str
) -> list[Problem]:
    """Find rounds that were opened under another rule than the study's, on another list, or beyond the last.

    Parameters
    ----------
    rounds, voting_list : pandas.DataFrame
        Contracts of `delphi_rounds` and `voting_list`, as read or typed.
    file : str
        Name of the table of rounds for messages.

    Examples
    --------
    >>> rules = DelphiRules(3, "ipras", 2.0, 5, 0.15)
    >>> rounds = pd.DataFrame({"round": ["1"], "rule_version": ["0123456789ab"], "list_version": ["x"]})
    >>> found = find_changed_rules(rounds, pd.DataFrame({"list_version": ["x"]}), rules, file="delphi_rounds.csv")
    >>> found[0].column, found[0].expected
    ('rule_version', 'the hash of [delphi] in study.toml, 7831be89304e')
    """
    known = digest_rules(rules)
    lists = set(voting_list["list_version"])
    kept = "A rule holds from round one to the last: restore it, or start anew."
    tests = (
        ("rule_version", [known], f"the hash of [delphi] in study.toml, {known}", kept),
        ("list_version", lists, "the version of voting_list.csv", "Restore the list that the panel rated."),
        ("round", _number(rules.rounds_n), f"a round from 1 to {rules.rounds_n}", "Take out what was not announced."),
    )
    return [
        Problem(file, expected, remedy, (number,), column, str(value))
        for column, allowed, expected, remedy in tests
        for number, value in enumerate(rounds[column], start=2)
        if str(value) not in allowed
    ]


def _number(rounds_n: int) -> Sequence[str]:
    return [str(number) for number in range(1, rounds_n + 1)]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:_DIGITS]
