"""Group-sequential bounds: spending functions and recursive integration.

Lan & DeMets, Biometrika 1983; O'Brien & Fleming 1979; Armitage, McPherson & Rowe 1969. One-sided
efficacy bounds on the z scale, computed for the information observed at each look. Agrees with R
rpact 8 digits (two looks at one half and one: 2.96258804, 1.96859564).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from analysis.stats.arrays import Floats
from analysis.stats.distributions import normal_below, normal_quantile

Spending = Callable[[float, float], float]
FAR = 9.0  # beyond this many standard errors nothing is left to integrate
NODES, WEIGHTS = np.polynomial.legendre.leggauss(160)


@dataclass(frozen=True, slots=True)
class Look:
    """One look: events seen, their share of those planned, one-sided alpha spent up to and at
    this look, the bound on z, and the one-sided p-value that reaches it."""

    number: int
    events: int
    fraction: float
    alpha_spent: float
    alpha_here: float
    bound: float | None
    nominal_p: float | None


@dataclass(frozen=True, slots=True)
class Information:
    """Events seen against events planned."""

    events: int
    planned: int
    fraction: float


def information(events: int, planned: int) -> Information:
    """The information fraction: pooled events over those planned."""
    if events < 0 or planned <= 0:
        raise ValueError(f"{events} events of {planned} planned.")
    return Information(events, planned, events / planned)


def obrien_fleming(fraction: float, alpha: float) -> float:
    """Alpha spent at an information fraction, in the manner of O'Brien & Fleming:
    2 - 2 Phi(z(alpha / 2) / sqrt(fraction)), one-sided alpha."""
    if fraction <= 0.0:
        return 0.0
    return 2.0 * normal_below(normal_quantile(alpha / 2.0) / math.sqrt(min(fraction, 1.0)))


def pocock(fraction: float, alpha: float) -> float:
    """Alpha spent in the manner of Pocock: alpha ln(1 + (e - 1) fraction)."""
    return alpha * math.log1p((math.e - 1.0) * min(max(fraction, 0.0), 1.0))


def hwang_shih_decani(gamma: float) -> Spending:
    """The family of Hwang, Shih & DeCani 1990 with parameter gamma (not 0)."""

    def spending(fraction: float, alpha: float) -> float:
        share = min(max(fraction, 0.0), 1.0)
        return alpha * math.expm1(-gamma * share) / math.expm1(-gamma)

    return spending


def bounds(
    events: Sequence[int],
    planned: int,
    alpha: float,
    spending: Spending = obrien_fleming,
    final: bool = False,
) -> tuple[Look, ...]:
    """The bound of each look for the events observed at it (strictly increasing).

    Alpha is spent by the observed share of the planned events, never more than all of it.
    `final`: the last look spends what is left, whether the trial ran under or over its plan.
    Raises ValueError.
    """
    if any(b <= a for a, b in zip((0, *events), events, strict=False)) or planned <= 0:
        raise ValueError("Each look has more events than the one before.")
    looks: list[Look] = []
    density: Floats | None = None
    spent = 0.0
    for number, seen in enumerate(events, start=1):
        last = final and number == len(events)
        total = alpha if last else max(spent, spending(seen / planned, alpha))
        ratio = (events[number - 2] / seen) if number > 1 else 0.0
        previous = looks[-1].bound if looks else None
        bound = _bound(density, previous, ratio, total - spent)
        nominal = None if bound is None else normal_below(-bound)
        looks.append(Look(number, seen, seen / planned, total, total - spent, bound, nominal))
        density = _continue(density, previous, ratio, bound)
        spent = total
    return tuple(looks)


def _grid(bound: float | None) -> tuple[Floats, Floats]:
    """Nodes and weights of Gauss-Legendre quadrature from -FAR to the bound, in four panels."""
    edges = np.linspace(-FAR, FAR if bound is None else min(bound, FAR), 5)
    half = np.diff(edges)[:, None] / 2.0
    nodes: Floats = (edges[:-1, None] + half * (NODES + 1.0)).ravel()
    weights: Floats = (half * WEIGHTS).ravel()
    return nodes, weights


def _continue(
    density: Floats | None, previous: float | None, ratio: float, bound: float | None
) -> Floats:
    """The density of z at this look, on its grid, of trials that crossed no earlier bound."""
    z, _ = _grid(bound)
    if density is None:
        first: Floats = np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
        return first
    earlier, weights = _grid(previous)
    scale = math.sqrt(1.0 - ratio)
    gap = (z[:, None] - math.sqrt(ratio) * earlier[None, :]) / scale
    kernel = np.exp(-0.5 * gap * gap) / (math.sqrt(2.0 * math.pi) * scale)
    following: Floats = kernel @ (weights * density)
    return following


def _bound(
    density: Floats | None, previous: float | None, ratio: float, alpha: float
) -> float | None:
    """The z that a trial still running exceeds at this look with probability `alpha`; None where
    no alpha is left to spend here."""
    if alpha <= 0.0:
        return None
    if density is None:
        return -normal_quantile(alpha)
    earlier, weights = _grid(previous)
    mass = weights * density
    root, scale = math.sqrt(ratio), math.sqrt(1.0 - ratio)

    def excess(z: float) -> float:
        return float(mass @ special.ndtr((root * earlier - z) / scale)) - alpha

    if excess(FAR) > 0.0:  # beyond the grid: the bound of all trials, running or not
        return max(FAR, -normal_quantile(alpha))
    return float(optimize.brentq(excess, -FAR, FAR, xtol=1e-13, rtol=1e-14))
