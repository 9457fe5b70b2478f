"""Taking in received files: whole results or none, persons never written, every refusal with its remedy."""

import pandas as pd
import pytest
from conftest import in_ci  # noqa: F401

from ctresearch import intake, places, store
from ctresearch.clean.result import Cleaned
from ctresearch.schema import StudyError

RECEIVED = places.locate_study("demo") / "received"


@pytest.fixture(scope="module")
def data():
    return store.read_study("demo")
