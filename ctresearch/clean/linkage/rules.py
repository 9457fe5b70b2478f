"""Exact rules: what two records must share to be one person without any weighing."""

from __future__ import annotations

import pandas as pd

from ctresearch.clean.linkage.result import FIELDS, PAIR

EXACT_RULES = {
    "document and names": ("document_number", "names"),
    "document and birth date": ("document_number", "birth_date"),
    "names and birth date": ("names", "sure_birth_date"),
}
"""Hashes that must be equal, by rule. A document alone is none: children travel on a parent's passport."""


def find_exact_pairs(encoded: pd.DataFrame) -> pd.DataFrame:
    """Pair the records that an exact rule joins; sex, where both give it, must be the same.

    Parameters
    ----------
    encoded : pandas.DataFrame
        From `encode_identifiers`.

    Returns
    -------
    pandas.DataFrame
        `case_id_a` < `case_id_b`, `rule`: the first that holds.

    Examples
    --------
    >>> encoded = pd.DataFrame({"case_id": ["a", "b"], "sex": ["female", None], "names": "1f", "birth_date": "2e",
    ...     "sure_birth_date": "2e", "document_number": ["3d", None]})
    >>> find_exact_pairs(encoded)["rule"].tolist()
    ['names and birth date']
    """
    found = [pair_equal(encoded, list(hashes)).assign(rule=rule) for rule, hashes in EXACT_RULES.items()]
    pairs = pd.concat(found, ignore_index=True).drop_duplicates(list(PAIR))
    sexes = encoded.set_index("case_id")["sex"]
    first, second = (pairs[name].map(sexes) for name in PAIR)
    agrees = first.isna() | second.isna() | (first == second)
    return pairs[agrees].sort_values(list(PAIR), ignore_index=True)


def pair_equal(encoded: pd.DataFrame, hashes: list[str]) -> pd.DataFrame:
    """Pair the records that share all of the given hashes; a missing hash is shared with none.

    Examples
    --------
    >>> pair_equal(pd.DataFrame({"case_id": ["b", "a", "c"], "names": ["1f", "1f", None]}), ["names"])
      case_id_a case_id_b
    0         a         b
    """
    known = encoded.loc[encoded[hashes].notna().all(axis=1), ["case_id", *hashes]]
    known = known[known.duplicated(hashes, keep=False)]
    pairs = known.merge(known, on=hashes, suffixes=("_a", "_b"))
    return pairs.loc[pairs["case_id_a"] < pairs["case_id_b"], list(PAIR)].reset_index(drop=True)


def compare_exactly(encoded: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Add to pairs whether each field is the same: `agree`, `differ` or `missing`.

    Examples
    --------
    >>> encoded = pd.DataFrame({"case_id": ["a", "b"], "given_name": ["1f", "2e"], "family_name": "3d",
    ...     "birth_date": None, "sex": "female", "citizenship": "4c", "document_number": "5b"})
    >>> compare_exactly(encoded, pd.DataFrame({"case_id_a": ["a"], "case_id_b": ["b"]})).iloc[0, 2:5].tolist()
    ['differ', 'agree', 'missing']
    """
    by_case = encoded.set_index("case_id")
    words = {}
    for field in FIELDS:
        first, second = (pairs[name].map(by_case[field]) for name in PAIR)
        word = (first == second).map({True: "agree", False: "differ"})
        words[field] = word.mask(first.isna() | second.isna(), "missing").astype("str")
    return pairs.assign(**words)
