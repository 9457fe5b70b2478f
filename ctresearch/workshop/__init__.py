"""The validation workshop: what is handed out and voted on, and the votes that come back."""

from ctresearch.workshop.agenda import Agenda, draw_up
from ctresearch.workshop.kit import BuiltKit, build_kit
from ctresearch.workshop.reading import read_ballots

__all__ = ["Agenda", "BuiltKit", "build_kit", "draw_up", "read_ballots"]
