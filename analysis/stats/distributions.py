"""The few probability functions that the statistics need, typed, from scipy.special.

scipy.stats offers the same ones, but costs a second to import.
"""

from scipy import special


def normal_quantile(probability: float) -> float:
    """z such that P(Z <= z) = probability, Z standard normal."""
    return float(special.ndtri(probability))


def normal_below(z: float) -> float:
    """P(Z <= z), Z standard normal."""
    return float(special.ndtr(z))


def two_sided_z(confidence: float) -> float:
    """The z of a two-sided interval: 1.95996... for 0.95. Raises ValueError outside (0, 1)."""
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"A confidence of {confidence}: it lies between 0 and 1.")
    return float(-special.ndtri((1.0 - confidence) / 2.0))


def chi_squared_above(value: float, degrees: int) -> float:
    """P(X > value), X chi-squared with that many degrees of freedom."""
    return float(special.chdtrc(degrees, value))


def beta_quantile(probability: float, a: float, b: float) -> float:
    """x such that P(X <= x) = probability, X beta(a, b)."""
    return float(special.betaincinv(a, b, probability))


def binomial_at_least(k: int, n: int, p: float) -> float:
    """P(X >= k), X binomial(n, p)."""
    return 1.0 if k <= 0 else 0.0 if k > n else float(special.betainc(k, n - k + 1, p))
