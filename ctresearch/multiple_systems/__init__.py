"""How many victims are on no list: multiple systems estimation from overlapping lists.

Several offices (police, shelters, labour inspectors) each know some of the victims. How many persons their lists share
tells how many are on none: log-linear Poisson models of the capture histories, with every choice repeated in the
interval. The answer is only as good as the assumptions, most of which no data can test: see `assess_assumptions`.

Published doubts. Whitehead, Jackson, Balch and Francis (2021, Journal of Human Trafficking 7, 1-13) find the method
unsuitable for counting victims of modern slavery in the United Kingdom: lists that refer persons to each other, few
persons on several lists, victims whom no list can reach. Binette and Steorts (2022, JRSS A 185, 640-676) show how far
equally good models can differ. Give the interval, the spread over models and the assumptions with every number, and no
number where `estimate_population` refuses.

The table has one row a capture history: a column of 0 and 1 for each list, and the number of persons.

>>> import numpy as np, pandas as pd
>>> from ctresearch import multiple_systems as mse
>>> victims = pd.DataFrame(
...     [(1, 0, 0, 120), (0, 1, 0, 85), (0, 0, 1, 60), (1, 1, 0, 34), (1, 0, 1, 9), (0, 1, 1, 8), (1, 1, 1, 5)],
...     columns=["police", "shelter", "inspector", "persons_n"],
... )

Is there an estimate, and how far do the models differ?

>>> mse.check_model(victims, count="persons_n", interactions=[("police", "shelter")])
'The estimate exists and is identified.'
>>> mse.rank_models(victims, count="persons_n", order=2)[["model", "total", "bic_above_best"]].head(3).round(1)
                             model  total  bic_above_best
0     [police:shelter, inspector]  684.4             0.0
1  [police:shelter, police:inspector]  ...
"""

from ctresearch.multiple_systems.assumptions import assess_assumptions
from ctresearch.multiple_systems.captures import Captures, read_captures
from ctresearch.multiple_systems.estimate import Estimate, estimate_population
from ctresearch.multiple_systems.graphs import GraphAverage, average_graphs
from ctresearch.multiple_systems.heterogeneity import compare_heterogeneity
from ctresearch.multiple_systems.models import (
    Fit,
    Interval,
    check_model,
    estimate_profile_interval,
    estimate_wald_interval,
    fit_model,
)
from ctresearch.multiple_systems.search import GivenModel, LowestBic, Stepwise, rank_models, trace_stepwise
from ctresearch.multiple_systems.strata import StrataEstimate, estimate_strata, merge_lists

__all__ = [
    "Captures",
    "Estimate",
    "Fit",
    "GivenModel",
    "GraphAverage",
    "Interval",
    "LowestBic",
    "StrataEstimate",
    "Stepwise",
    "assess_assumptions",
    "average_graphs",
    "check_model",
    "compare_heterogeneity",
    "estimate_population",
    "estimate_profile_interval",
    "estimate_strata",
    "estimate_wald_interval",
    "fit_model",
    "merge_lists",
    "rank_models",
    "read_captures",
    "trace_stepwise",
]
