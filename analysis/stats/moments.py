"""Mean and standard deviation of whole numbers, such as scores in hundredths of a point.

Sums are whole, so that only the last division and root are rounded. As R `mean` and `sd`.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple


class Moments(NamedTuple):
    """How many, their mean, their standard deviation (n - 1 below); None where there is none."""

    n: int
    mean: float | None
    sd: float | None


def moments(values: Sequence[int]) -> Moments:
    n, total = len(values), sum(values)
    if not n:
        return Moments(0, None, None)
    if n == 1:
        return Moments(1, float(total), None)
    spread = n * sum(value * value for value in values) - total * total
    return Moments(n, total / n, math.sqrt(spread / (n * (n - 1))))
