"""What pytest found, for the validation pack: every test, its promises, its outcome, as JSON.

    pytest -p tests.promises.plugin --promises-to results.json

Promises travel with the report of a test, so that workers of xdist tell them too.
"""

import json
import time
from pathlib import Path
from typing import Any

import pytest

WORST = ("passed", "skipped", "failed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--promises-to", metavar="FILE", help="write every outcome to this file")


def pytest_configure(config: pytest.Config) -> None:
    path = config.getoption("--promises-to")
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Keeper(Path(path)), "promises")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for mark in item.iter_markers("promise"):
            item.user_properties.extend(("promise", one) for one in mark.args)


class Keeper:
    """Listens in the process that hears of every test."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tests: dict[str, dict[str, Any]] = {}
        self.broken: dict[str, str] = {}
        self.began = time.time()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        test = self.tests.setdefault(
            report.nodeid, {"outcome": "passed", "seconds": 0.0, "reason": "", "promises": []}
        )
        test["seconds"] = round(test["seconds"] + report.duration, 3)
        test["promises"] = sorted(
            {value for key, value in report.user_properties if key == "promise"}
        )
        if WORST.index(report.outcome) > WORST.index(test["outcome"]):
            test["outcome"], test["reason"] = report.outcome, reason_of(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A module that cannot be read holds tests that nobody has run; one may skip as a whole."""
        if report.failed:
            self.broken[report.nodeid] = last_line(str(report.longrepr))

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        found = {
            "tests": dict(sorted(self.tests.items())),
            "broken": self.broken,
            "exit": int(exitstatus),
            "seconds": round(time.time() - self.began, 1),
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps(found, indent=1))


def reason_of(report: pytest.TestReport) -> str:
    if hasattr(report, "wasxfail"):
        return f"fails as expected: {report.wasxfail}"
    if report.skipped and isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    crash = getattr(report.longrepr, "reprcrash", None)
    return crash.message.splitlines()[0] if crash else last_line(str(report.longrepr))


def last_line(text: str) -> str:
    return text.strip().splitlines()[-1][:300] if text.strip() else ""
