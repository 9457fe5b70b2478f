"""The shipped studies, read once a process: tests look at them and change nothing."""

from functools import cache

from ctresearch import store


@cache
def read_study(name: str = "western_balkans") -> store.StudyData:
    """Return a shipped study."""
    return store.read_study(name)
