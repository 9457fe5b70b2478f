"""What linkage takes and gives: the choices of the caller, and the linked lists without a name."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

FIELDS = ("given_name", "family_name", "birth_date", "sex", "citizenship", "document_number")
"""What is compared, in the order in which agreement is shown."""

PAIR = ("case_id_a", "case_id_b")
LINK_COLUMNS = (*PAIR, "weight", "rule", *FIELDS)
REVIEW_COLUMNS = (*PAIR, "weight", "reason", *FIELDS)


@dataclass(frozen=True)
class LinkageSettings:
    """The choices that decide which records are one person.

    Attributes
    ----------
    match : float
        Least weight of a link in bits: log2 of the odds that two records are one person. 0 is even odds, 10 is 1,024
        to 1.
    review : float
        Least weight of a pair that a person should look at; below it two records count as two persons.
    margin : float
        Bits by which one of two links that cannot both be true must outweigh the other to be believed.
    certain_recall : float
        Share, above 0 and at most 1, of all true pairs that the exact rules are thought to find; gives the odds
        before any comparison.
    age_on : str
        Date (YYYY-MM-DD) on which the age bands are counted.
    """

    match: float
    review: float
    margin: float
    certain_recall: float
    age_on: str

    def __post_init__(self) -> None:
        if self.review > self.match:
            raise ValueError(f"review is {self.review} and match is {self.match}; give review <= match, in bits")
        if self.margin < 0:
            raise ValueError(f"margin is {self.margin}; give 0 or more bits")
        if not 0 < self.certain_recall <= 1:
            raise ValueError(f"certain_recall is {self.certain_recall}; give a share above 0 and at most 1")
        if pd.isna(pd.to_datetime(self.age_on, format="%Y-%m-%d", errors="coerce")):
            raise ValueError(f"age_on is {self.age_on!r}; give the day on which ages are counted as YYYY-MM-DD")


@dataclass(frozen=True)
class Linkage:
    """Records joined to persons; holds case ids, no name, birth date, document number or hash of them.

    Attributes
    ----------
    links : pandas.DataFrame
        Pairs of records that are one person: `case_id_a` < `case_id_b`, `weight` in bits (missing where only exact
        rules were used), `rule`, and for every field `agree`, `close`, `differ` or `missing`.
    clusters : pandas.DataFrame
        One row a record: `case_id`, `agency`, `sex`, `age_band` (as recorded), `person` (P1, P2, ...: in the order of
        the lowest case id).
    captures : pandas.DataFrame
        One row a capture history with its covariates: one column an agency (1: on its list), `sex`, `age_band`
        (missing where unknown or the records disagree evenly) and `persons_n`.
    review : pandas.DataFrame
        Doubtful pairs for a person to decide: both case ids, `weight`, `reason`, and the agreement of
        every field.
    conflicts : pandas.DataFrame
        Pairs of case ids that contradict each other and so are never joined by a chain of other records.
    """

    links: pd.DataFrame
    clusters: pd.DataFrame
    captures: pd.DataFrame
    review: pd.DataFrame
    conflicts: pd.DataFrame
