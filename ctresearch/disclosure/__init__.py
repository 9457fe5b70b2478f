"""Nobody is recognised: tables made from case records pass this gate, protected and audited, or are not shown.

Usable by itself, on any frames:

>>> import pandas as pd
>>> from ctresearch import disclosure
>>> persons = pd.DataFrame({"sex": ["female", "male"] * 2, "age": ["adult", "adult", "minor", "minor"]})
>>> persons["persons_n"] = [21, 3, 8, 12]
>>> table = disclosure.CaseTable("assisted", persons, by=("sex", "age"), value="persons_n", population="assisted")
>>> choices = disclosure.DisclosureChoices(
...     least_n=5, zeros="safe", protection_n=4, dominance_n=1, dominance_pct=75.0, p_pct=10.0, rounding_base=5,
...     k_n=5, l_n=2, t_max=0.3,
... )
>>> release = disclosure.protect_tables([table], choices=choices, hierarchies={}, search="exact")
>>> release.tables["assisted"].rows.pivot(index="sex", columns="age", values="persons_n")
age     adult  minor  total
sex
female    NaN    NaN   29.0
male      NaN    NaN   15.0
total    24.0   20.0   44.0
>>> release.audit[["cell", "low", "high", "is_safe"]].values.tolist()
[['age adult, sex male', 0.0, 15.0, True]]
"""

from ctresearch.choices import DisclosureChoices
from ctresearch.disclosure.attack import DisagreementError, View, find_intervals
from ctresearch.disclosure.cell_key import draw_record_keys, find_noise, perturb_records
from ctresearch.disclosure.cells import TOTAL, CaseTable, PublishedTable
from ctresearch.disclosure.combination import check_combination
from ctresearch.disclosure.gate import protect_tables
from ctresearch.disclosure.lists import ProtectedLists, protect_lists
from ctresearch.disclosure.microdata import count_matches, find_violations
from ctresearch.disclosure.released import NOT_SHOWN, Release, Released
from ctresearch.disclosure.room import UnprotectedError
from ctresearch.disclosure.rounding import round_tables
from ctresearch.disclosure.rules import find_unsafe_amounts, find_unsafe_counts
from ctresearch.disclosure.suppress import SEARCHES

__all__ = [
    "NOT_SHOWN",
    "SEARCHES",
    "TOTAL",
    "CaseTable",
    "DisagreementError",
    "DisclosureChoices",
    "ProtectedLists",
    "PublishedTable",
    "Release",
    "Released",
    "UnprotectedError",
    "View",
    "check_combination",
    "count_matches",
    "draw_record_keys",
    "find_intervals",
    "find_noise",
    "find_unsafe_amounts",
    "find_unsafe_counts",
    "find_violations",
    "perturb_records",
    "protect_lists",
    "protect_tables",
    "round_tables",
]
