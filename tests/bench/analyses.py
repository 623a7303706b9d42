"""The engine's statistics and a blinded interim beside a Celery round trip; the engine beside R."""

import contextlib
import csv
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from analysis.stats.cox import cox
from analysis.stats.kaplan_meier import kaplan_meier, limits
from analysis.stats.logrank import logrank
from analysis.stats.quantiles import median
from analysis.stats.report import Question, Sample, TwoGroups, answer
from reminet_site.local.environment import ROOT
from reminet_site.local.programs import python_words
from tests.bench.render import best
from tests.bench.rows import Row, milliseconds
from tests.bench.service import HOME, Servers

SMALL, LARGE = 53, 100_000


def sample(n: int, seed: int = 31) -> tuple[Any, Any, Any]:
    """(days, events, arms): exponential times in whole days with ties, 30 % censored."""
    draw = np.random.default_rng(seed)
    arm = np.arange(n) % 2
    days = np.ceil(draw.exponential(400 * (1 + 0.3 * arm))).astype(int)
    return days, draw.random(n) > 0.3, arm


# Celery


@contextlib.contextmanager
def worker() -> Iterator[None]:
    words = [
        *python_words(ROOT), "-m", "celery", "-A", "tests.bench.tasks", "worker", "-Q", "bench",
        "-n", "bench@local", "--concurrency", "1", "--without-gossip", "--without-mingle",
    ]  # fmt: skip
    with open(HOME / "worker.log", "w") as said:
        process = subprocess.Popen(words, cwd=ROOT, stdout=said, stderr=said)
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


def round_trip() -> float:
    from tests.bench.tasks import nothing

    with worker():
        nothing.delay().get(timeout=60)
        return best(lambda: nothing.delay().get(timeout=10), 200)


# At n = 53


def question() -> Question:
    """What a run reports of 53: curves by arm and pooled, follow-up, comparisons, proportions."""
    days, events, arm = sample(SMALL)
    both = Sample(days, events)
    curves = {
        "pfs": both,
        "follow-up": Sample(days, ~events),
        "first": Sample(days[arm == 0], events[arm == 0]),
        "second": Sample(days[arm == 1], events[arm == 1]),
    }
    return Question(curves, {"ratio": TwoGroups(both, arm == 1)}, {"rate": (20, 27)})


def small(celery: float) -> Row:
    asked = question()
    mine = best(lambda: answer(asked), 200)
    return Row(
        f"statistics at n = {SMALL} vs Celery", milliseconds(mine),
        f"round trip {milliseconds(celery)}", celery / mine, 1.0,
    )  # fmt: skip


def interim(celery: float, servers: Servers) -> Row:
    """In a database of its own, so that 53 participants are all there are."""
    values = dict(os.environ) | servers.clone("interim")
    words = [*python_words(ROOT), "-m", "tests.bench.interim"]
    done = subprocess.run(words, cwd=ROOT, env=values, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"The interim did not run: {done.stderr[-2000:]}")
    mine = json.loads(done.stdout)["seconds"]
    return Row(
        f"blinded interim at n = {SMALL} vs Celery", milliseconds(mine),
        f"round trip {milliseconds(celery)}", celery / mine, 1 / 8, 1 / 3,
        "read to stored result, without the second engine",
    )  # fmt: skip


# Beside R

R = """
suppressMessages(library(survival))
d <- read.csv(commandArgs(TRUE)[1])
began <- proc.time()[["elapsed"]]
fit <- survfit(Surv(day, event) ~ 1, data = d, conf.type = "log-log")
q <- quantile(fit, .5)
test <- survdiff(Surv(day, event) ~ arm, data = d)
model <- coxph(Surv(day, event) ~ arm, data = d, ties = "efron")
took <- proc.time()[["elapsed"]] - began
cat(sprintf("%.17g ", c(took, q$quantile, q$lower, q$upper, test$chisq, exp(coef(model)))))
"""


def by_r(days: Any, events: Any, arm: Any) -> tuple[float, list[float]]:
    """Seconds of the analysis alone, and (median, lower, upper, chi-square, hazard ratio)."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sample.csv"
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["day", "event", "arm"])
            writer.writerows(zip(days.tolist(), events.astype(int).tolist(), arm.tolist()))
        words = ["Rscript", "-e", R, str(path)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError("R's package survival is not installed")
    took, *numbers = (float(one) for one in done.stdout.split())
    return took, numbers


def by_us(days: Any, events: Any, arm: Any) -> list[float]:
    curve = kaplan_meier(days, events)
    limits(curve)
    middle = median(curve)
    test = logrank(days, events, arm)
    ratio = cox(days, events, arm).coefficients[0].hazard_ratio
    found = (middle.estimate, middle.lower, middle.upper, test.chi_squared, ratio)
    return [float("nan") if one is None else one for one in found]


def beside_r() -> list[Row]:
    names = (f"analysis at n = {LARGE:,} vs R", "agreement with R")
    if not shutil.which("Rscript"):
        return [Row(name, "", "", None, skipped="Rscript is not installed") for name in names]
    data = sample(LARGE)
    try:
        theirs, numbers = timed(lambda: by_r(*data))
    except RuntimeError as why:
        return [Row(name, "", "", None, skipped=str(why)) for name in names]
    mine = best(lambda: by_us(*data), 5)
    differences = [apart(by_us(*data), numbers)]
    for seed in range(8):  # small ones, where flats at exactly one half are common
        few = sample(14 + 2 * seed, seed)
        differences.append(apart(by_us(*few), by_r(*few)[1]))
    most = max(differences)
    return [
        Row(
            names[0], milliseconds(mine), f"R {milliseconds(theirs)}", theirs / mine, 20.0, 50.0,
            "Kaplan-Meier with limits and median, log-rank, Cox",
        ),
        Row(
            names[1], f"largest {most:.1e}", "1e-09 relative", 1e-9 / max(most, 1e-16), 1.0,
            note="medians, limits, chi-square, hazard ratio; n = 14 to 100,000",
        ),
    ]  # fmt: skip


def timed(act: Callable[[], tuple[float, list[float]]]) -> tuple[float, list[float]]:
    """The middle one of three."""
    return sorted((act() for _ in range(3)), key=lambda found: found[0])[1]


def apart(ours: list[float], theirs: list[float]) -> float:
    """The largest relative difference; where one is not estimable, the other must not be."""
    worst = 0.0
    for mine, reference in zip(ours, theirs, strict=True):
        if np.isnan(mine) or np.isnan(reference):
            worst = max(worst, 0.0 if np.isnan(mine) and np.isnan(reference) else np.inf)
        else:
            worst = max(worst, abs(mine - reference) / max(1.0, abs(reference)))
    return worst


def rows(servers: Servers) -> Iterator[Row]:
    celery = round_trip()
    yield small(celery)
    yield interim(celery, servers)
    yield from beside_r()
