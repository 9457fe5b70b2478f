"""Comparisons of two figures in few columns of words."""

import pandas as pd

from ctresearch.clean import find_conflicts
from ctresearch.tables import lay_out_conflicts


def test_a_conflict_says_when_who_both_figures_and_both_sources(counts_of, vocabulary, sources):
    words = vocabulary.extend(measure={"victims_detected": "Detected", "victims_identified": "Identified"})
    rows = counts_of(
        {"year": 2014, "value": 9.0, "sex": "female"},
        {"year": 2014, "value": 5.0, "sex": "female", "measure": "victims_identified", "source_id": "src-b"},
        {"year": 2015, "value": 20.0},
        {"year": 2014, "year_end": 2015, "value": 3.0, "measure": "victims_identified", "source_id": "src-b"},
    )
    before = rows.copy()
    conflicts = find_conflicts(rows, sources, preferred_source_id="src-a")
    laid = lay_out_conflicts(conflicts, vocabulary=words).set_index("who")
    assert set(laid.index) == {"Women and girls", "All"}
    women = laid.loc["Women and girls"]
    assert (women["when"], women["figure"], women["against"]) == ("2014", "5\nIdentified", "9\nDetected")
    assert women["source_id"] == "src-b;src-a"
    span = laid.loc["All"]
    assert (span["when"], span["figure"]) == ("2014 to 2015", "3\nIdentified")
    assert span["against"] == "20\nDetected\n2015"
    pd.testing.assert_frame_equal(rows, before)
