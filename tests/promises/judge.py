"""Which promise is proven, planned or failing. Pure: promises and results in, verdicts out."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

PROVEN, PLANNED, FAILING = "proven", "planned", "failing"


@dataclass(frozen=True, slots=True)
class Promise:
    id: str
    group: str
    text: str
    source: str
    due: bool  # this version must have it proven


@dataclass(frozen=True, slots=True)
class Test:
    name: str
    outcome: str
    seconds: float
    reason: str
    promises: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    promise: Promise
    state: str
    why: str
    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    verdicts: tuple[Verdict, ...]
    unknown: tuple[str, ...]  # ids that tests name and no promise has
    red: tuple[Test, ...]  # tests that failed, whatever they prove
    broken: Mapping[str, str]  # modules that could not be read
    count: int

    def number(self, state: str) -> int:
        return sum(one.state == state for one in self.verdicts)

    @property
    def failing(self) -> int:
        return self.number(FAILING) + len(self.unknown)

    @property
    def last_line(self) -> str:
        return (
            f"{self.number(PROVEN)} promises proven, {self.number(PLANNED)} planned, "
            f"{self.failing} failing"
        )

    @property
    def good(self) -> bool:
        return not (self.failing or self.red or self.broken)


def read_promises(path: Path) -> tuple[Promise, ...]:
    """Every promise of the file, in its order; ValueError where the file is not as it should be."""
    found: list[Promise] = []
    for code, group in yaml.safe_load(path.read_text()).items():
        due = set(group["promises"]) if group["due"] == "all" else set(group["due"])
        if strangers := due - set(group["promises"]):
            raise ValueError(f"{code}: due, and not there: {', '.join(sorted(strangers))}")
        for name, one in group["promises"].items():
            if not name.startswith(f"{code}-"):
                raise ValueError(f"{name} stands under {code}")
            found.append(Promise(name, group["title"], one["promise"], one["source"], name in due))
    return tuple(found)


def judge(promises: tuple[Promise, ...], results: Mapping[str, Any]) -> Judgement:
    """A promise is proven by tests that ran: at least one passed, and none failed."""
    tests = [
        Test(name, one["outcome"], one["seconds"], one["reason"], tuple(one["promises"]))
        for name, one in results["tests"].items()
    ]
    known = {one.id for one in promises}
    named = {name for test in tests for name in test.promises}
    return Judgement(
        verdicts=tuple(
            verdict(promise, tuple(t for t in tests if promise.id in t.promises))
            for promise in promises
        ),
        unknown=tuple(sorted(named - known)),
        red=tuple(test for test in tests if test.outcome == "failed"),
        broken=results["broken"],
        count=len(tests),
    )


def verdict(promise: Promise, tests: tuple[Test, ...]) -> Verdict:
    outcomes = {test.outcome for test in tests}
    if "failed" in outcomes:
        return Verdict(promise, FAILING, "a test of it failed", tests)
    if "passed" in outcomes:
        return Verdict(promise, PROVEN, "", tests)
    if tests:
        return Verdict(promise, FAILING, "every test of it was skipped", tests)
    if promise.due:
        return Verdict(promise, FAILING, "no test names it", tests)
    return Verdict(promise, PLANNED, "", tests)
