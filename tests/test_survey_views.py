from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ctresearch.survey import list_views


def make_answers(*rows: tuple) -> pd.DataFrame:
    columns = ["jurisdiction", "indicator", "importance", "performance"]
    made = pd.DataFrame(rows, columns=columns).astype({"importance": "Int64", "performance": "Int64"})
    return made.assign(source_id="s")


def test_means_by_jurisdiction_by_hand():
    answers = make_answers(
        ("BBB", "P-1", 5, 1), ("BBB", "P-1", 4, 2), ("AAA", "P-1", 1, 5), ("AAA", "P-1", 2, None), ("AAA", "P-1", 3, 4)
    )
    views = list_views(answers, least_group_n=2)
    assert views[["jurisdiction", "importance", "performance"]].values.tolist() == [
        ["AAA", 2.0, 4.5],
        ["BBB", 4.5, 1.5],
    ]
    assert views["source_id"].tolist() == ["s", "s"]


def test_too_few_ratings_of_either_kind_and_who_works_everywhere_are_left_out():
    answers = make_answers(
        *[("AAA", "P-1", 5, None)] * 3,
        *[("AAA", "P-2", 5, 1)] * 3,
        *[("REG", "P-3", 5, 1)] * 3,
        ("AAA", "P-4", 5, 1),
    )
    assert list_views(answers, least_group_n=3)["indicator"].tolist() == ["P-2"]


@pytest.mark.parametrize("rows", [[], [("AAA", "P-1", 5, 1)], [("REG", "P-1", 5, 1)] * 3])
def test_where_nothing_is_left_no_view_is_counted(rows):
    assert list_views(make_answers(*rows), least_group_n=2) is None


def test_a_jurisdiction_read_alone_comes_to_the_same():
    rng = np.random.default_rng(1)
    rows = [(place, f"P-{n % 3}", rng.integers(1, 6), rng.integers(1, 6)) for place in ("AAA", "BBB") for n in range(9)]
    both = list_views(make_answers(*rows), least_group_n=2)
    alone = list_views(make_answers(*rows[:9]), least_group_n=2)
    pd.testing.assert_frame_equal(both[both["jurisdiction"].eq("AAA")], alone)
