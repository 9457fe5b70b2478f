"""Studies drawn by chance as the fictitious one is: what coders would say another time, or of another truth."""

import csv

import demo
import pandas as pd
from demo_parts import coders, region, tables
from demo_parts.dice import Dice


def read_indicators():
    """Rows of the framework's table, as the generator reads them."""
    with (demo.ROOT / "data" / "framework" / "indicators.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def draw_study(seed):
    """Return typed ratings, what is true of the rated cells, and the true scores, of another study."""
    indicators, dice = read_indicators(), Dice(seed)
    scores = region.draw_scores(dice, indicators)
    ratings, rated = rate(seed + 100, scores, tables.make_evidence(dice, indicators, scores))
    return ratings, rated, scores


def rate(seed, scores, evidence):
    """Return typed ratings of `scores` by the invented coders, and what is true of the rated cells."""
    _, rows, rated = coders.draw_ratings(Dice(seed), read_indicators(), scores, evidence)
    table = pd.DataFrame(rows)
    texts = {name: table[name].fillna("") for name in table.columns if name != "value"}
    return table.assign(**texts, value=table["value"].astype("Int64")), rated
