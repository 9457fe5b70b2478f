"""Random draws that are the same on every machine and version: only `random.Random.random` is promised to stay so."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Seeded draws."""

    def __init__(self, seed: int) -> None:
        self._source = random.Random(seed)

    def share(self) -> float:
        return self._source.random()

    def is_lucky(self, chance: float) -> bool:
        return self.share() < chance

    def number(self, first: int, last: int) -> int:
        return first + int(self.share() * (last - first + 1))

    def pick(self, values: Sequence[T]) -> T:
        return values[self.number(0, len(values) - 1)]

    def weigh(self, weights: dict[T, float]) -> T:
        left = self.share() * sum(weights.values())
        for value, weight in weights.items():
            left -= weight
            if left < 0:
                return value
        return next(reversed(weights))

    def count(self, trials: int, chance: float) -> int:
        return sum(self.is_lucky(chance) for _ in range(trials))

    def shuffle(self, values: Sequence[T]) -> list[T]:
        return [value for _, _, value in sorted((self.share(), place, value) for place, value in enumerate(values))]

    def split(self, total: int, weights: dict[T, float]) -> dict[T, int]:
        """Give each of `total` a category by chance."""
        parts = dict.fromkeys(weights, 0)
        for _ in range(total):
            parts[self.weigh(weights)] += 1
        return parts


def grow(start: float, rate: float, years: int) -> int:
    return math.floor(start * (1 + rate) ** years + 0.5)
