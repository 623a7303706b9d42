"""Numbers, kits and the order of allocation carry nothing of the arm: ten thousand of them."""

import itertools
import math
from collections import Counter
from datetime import date

import pytest

from randomisation.arms import contents
from randomisation.methods.allocator import replay
from randomisation.methods.kit_file import NewKit, order_statistic, runs_statistic
from randomisation.methods.plan import Factor, Plan
from randomisation.methods.randomness import Reader, SeededSource

N = 10_000
PLAN = Plan(
    method="minimisation",
    arms=("LAN", "PBO"),
    factors=(
        Factor("centre"),
        Factor("grade", ("G1", "G2")),
        Factor("response", ("SD", "CR-PR")),
    ),
)
BLOCKS = Plan(
    method="blocks",
    arms=PLAN.arms,
    factors=PLAN.factors,
    stratified_by=("centre", "grade"),
)


def newcomers(n=N, centres=24):
    """Participants with strata by chance, in unequal centres."""
    reader = Reader(SeededSource(b"newcomers", "test").draw(1, 8 * (4 * n + 64)))
    for _ in range(n):
        centre = min(reader.below(centres), reader.below(centres))
        yield {
            "centre": f"FR-{centre:02d}",
            "grade": "G1" if reader.below(5) == 0 else "G2",
            "response": "SD" if reader.below(5) else "CR-PR",
        }


def information(pairs):
    """Mutual information in bits of (x, y) pairs, plug-in estimate."""
    both, n = Counter(pairs), len(pairs)
    left, right = Counter(x for x, _ in pairs), Counter(y for _, y in pairs)
    return sum(
        count / n * math.log2(count * n / (left[x] * right[y])) for (x, y), count in both.items()
    )


def chance(xs, ys, n=N):
    """What independent variables of so many values give in the mean, and ten times its spread.

    2 n ln(2) I is about chi-square with (xs - 1)(ys - 1) degrees of freedom.
    """
    freedom = (xs - 1) * (ys - 1)
    return (freedom + 6 * math.sqrt(2 * freedom) + 6) / (2 * n * math.log(2))


@pytest.fixture(scope="module", params=["minimisation", "blocks"])
def arms(request):
    plan = PLAN if request.param == "minimisation" else BLOCKS
    return replay(plan, list(newcomers()), SeededSource(b"ten thousand"))


@pytest.mark.slow
@pytest.mark.promise("BL-03")
def test_the_arms_are_even(arms):
    assert abs(arms.count("LAN") - N / 2) < 4 * math.sqrt(N / 4)


@pytest.mark.slow
@pytest.mark.promise("BL-03")
@pytest.mark.parametrize(
    ("feature", "values"),
    [
        (lambda number: number % 10, 10),
        (lambda number: number % 2, 2),
        (lambda number: number // 1000, 10),
        (lambda number: bin(number).count("1") % 2, 2),
        (lambda number: number % 97 // 5, 20),
    ],
    ids=["last digit", "parity", "thousand", "bits", "mod 97"],
)
def test_the_randomisation_number_tells_nothing(arms, feature, values):
    pairs = [(feature(number), arm) for number, arm in enumerate(arms, start=1)]
    assert information(pairs) < chance(values, 2)


@pytest.mark.slow
@pytest.mark.promise("BL-03")
def test_the_arm_before_tells_little_over_all_centres(arms):
    """Whoever knows one arm learns little of the next in the order of the trial.

    Minimisation leans against what went before (probability 0.80), so it is not nothing: about
    0.012 bits of 1 with these factors. Nobody blinded knows the arm before.
    """
    assert information(list(itertools.pairwise(arms))) < 0.02


@pytest.mark.slow
@pytest.mark.promise("BL-03")
def test_the_kit_chosen_tells_nothing(arms):
    """Kits numbered by chance, chosen by chance: number, and rank in the stock, against the arm."""
    reader = Reader(SeededSource(b"stock", "test").draw(1, 8 * (80 * N)))
    numbers, ranks = [], []
    for place, arm in enumerate(arms, start=1):
        stock: dict[str, list[str]] = {"LAN": [], "PBO": []}
        every = {f"{reader.below(100_000):05d}" for _ in range(12)}
        for n, number in enumerate(sorted(every, key=lambda _: reader.below(1 << 32))):
            stock["LAN" if n % 2 else "PBO"].append(number)
        kits = {a: sorted(held) for a, held in stock.items()}
        kit = contents.choose(kits, arm, place, SeededSource(b"choice", "first kit"))
        numbers.append((kit[-1], arm))
        ranks.append((sorted(every).index(kit), arm))
    assert information(numbers) < chance(10, 2)
    assert information(ranks) < chance(12, 2)


def test_the_measure_itself_finds_a_leak():
    arms = ["LAN" if n % 2 else "PBO" for n in range(N)]
    assert information([(n % 10, arm) for n, arm in enumerate(arms)]) > 0.99
    reader = Reader(SeededSource(b"leak", "test").draw(1, 16 * N))
    slight = [
        (n % 2, "LAN" if reader.below(10) < (5 + n % 2) else "PBO") for n, _ in enumerate(arms)
    ]
    assert information(slight) > chance(2, 2)


def test_ten_thousand_kits_numbered_by_chance_pass_their_own_check():
    reader = Reader(SeededSource(b"many", "test").draw(1, 8 * (N + 64)))
    kits = [
        NewKit(f"{n:06d}", ("LAN", "PBO")[reader.below(2)], date(2099, 8, 31)) for n in range(N)
    ]
    assert abs(order_statistic(kits, "LAN")) < 4
    assert abs(runs_statistic(kits, "LAN")) < 4
