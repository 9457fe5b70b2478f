"""How many victims are on no list: multiple systems estimation from overlapping lists.

Several offices (police, shelters, labour inspectors) each know some of the victims. How many persons their lists share
tells how many are on none: log-linear Poisson models of the capture histories, with every choice repeated in the
interval. The answer is only as good as the assumptions, most of which no data can test: see `assess_assumptions`.

Published doubts. Whitehead, Jackson, Balch and Francis (2021, Journal of Human Trafficking 7, 1-13) find the method
unsuitable for counting victims of modern slavery in the United Kingdom: lists that refer persons to each other, few
persons on several lists, victims whom no list can reach. Binette and Steorts (2022, JRSS A 185, 640-676) show how far
equally good models can differ. Give the interval, the spread over models and the assumptions with every number, and no
number where `estimate_population` refuses.

What the interval holds. In 300 simulated populations of four lists (`tests/benchmarks/simulate_mse.py`) the 95 % BCa
interval held the truth in 98 to 99 % where lists were independent, referred persons to each other or were sparse,
whether the model was chosen stepwise or by BIC. It held it in 3 to 7 % where half of the persons were four times as
easy to find as the others: no choice among models of dependent lists repairs that, few lists can show it, and the
answer is then too low. Latent classes of persons do not repair it either: with four lists their 95 % interval held the
truth in none of 40 such populations.

The table has one row a capture history: a column of 0 and 1 for each list, and the number of persons. A table of one
row a person has no such number: say `count=None`. Covariates are left out, or named as `strata` in `estimate_strata`.

>>> import numpy as np, pandas as pd
>>> from ctresearch import multiple_systems as mse
>>> victims = pd.DataFrame(
...     [(1, 0, 0, 120), (0, 1, 0, 85), (0, 0, 1, 60), (1, 1, 0, 34), (1, 0, 1, 9), (0, 1, 1, 8), (1, 1, 1, 5)],
...     columns=["police", "shelter", "inspector", "persons_n"],
... )

Does an estimate exist? Which models describe the lists best, and how far apart are their answers?

>>> mse.check_model(victims, count="persons_n", interactions=[("police", "shelter")])
'The estimate exists and is identified.'
>>> for row in mse.rank_models(victims, count="persons_n", order=2).head(3).itertuples():
...     print(row.model, round(row.total), round(row.bic_above_best, 1))
[police:shelter, inspector] 973 0.0
[police, shelter, inspector] 726 1.3
[police:inspector, shelter] 663 4.3

The estimate, with an interval that repeats the choice among the models; refused if fewer than 20 persons are on two
lists or more. Here the choice is of all models of pairs by BIC, for up to six lists; `Stepwise(0.02)` adds pairs one
by one, for seven lists and more too; `GivenModel` takes one fixed before the data were seen. (1,000 resamples or more
in earnest.)

>>> found = mse.estimate_population(
...     victims, count="persons_n", search=mse.LowestBic(order=2, keep=None), level=0.95, resamples=200,
...     least_overlap=20, rng=np.random.default_rng(1),
... )
>>> found.sentence
'About 973 persons in all (95% interval 643 to 5,240), of whom 321 are on a list; if the assumptions hold.'

Persons may differ: averaged over latent classes of persons, whose number the lists decide, with a credible interval.
(`average_graphs` averages over patterns of dependence instead, `threshold_pairs` keeps the pairs that the posterior
holds to be dependent.)

>>> by_classes = mse.average_classes(
...     victims, count="persons_n", classes=10, prior_shape=0.25, prior_rate=0.25, level=0.95, chains=20, warm_up=100,
...     draws=200, rng=np.random.default_rng(1),
... )
>>> by_classes.low < 700 < by_classes.high
True

What has to be true, and what the lists say about it:

>>> panel = mse.assess_assumptions(victims, count="persons_n", threshold=0.02, least_overlap=20)
>>> panel["verdict"].value_counts().to_dict()
{'the data cannot say': 5, 'no sign against it': 4}
"""

from ctresearch.multiple_systems.assumptions import assess_assumptions
from ctresearch.multiple_systems.captures import Captures, read_captures
from ctresearch.multiple_systems.estimate import Estimate, estimate_population
from ctresearch.multiple_systems.graphs import GraphAverage, average_graphs
from ctresearch.multiple_systems.heterogeneity import compare_heterogeneity
from ctresearch.multiple_systems.latent_classes import LatentClasses, average_classes, measure_mixing
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
from ctresearch.multiple_systems.study_lists import (
    assess_places,
    average_places,
    average_places_by_classes,
    count_histories,
    estimate_by_sex,
    estimate_places,
    gather_lists,
    join_estimates,
    list_places,
    spread_lists,
    spread_models,
)
from ctresearch.multiple_systems.thresholding import ThresholdedPairs, threshold_pairs

__all__ = [
    "Captures",
    "Estimate",
    "Fit",
    "GivenModel",
    "GraphAverage",
    "Interval",
    "LatentClasses",
    "LowestBic",
    "Stepwise",
    "StrataEstimate",
    "ThresholdedPairs",
    "assess_assumptions",
    "assess_places",
    "average_classes",
    "average_graphs",
    "average_places",
    "average_places_by_classes",
    "check_model",
    "compare_heterogeneity",
    "count_histories",
    "estimate_by_sex",
    "estimate_places",
    "estimate_population",
    "estimate_profile_interval",
    "estimate_strata",
    "estimate_wald_interval",
    "fit_model",
    "gather_lists",
    "join_estimates",
    "list_places",
    "measure_mixing",
    "merge_lists",
    "rank_models",
    "read_captures",
    "spread_lists",
    "spread_models",
    "threshold_pairs",
    "trace_stepwise",
]
