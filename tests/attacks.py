"""Every attack, with a count by kind: `python -m tests.attacks [pytest options]`.

An attack is a test marked `attack(kind)`; it passes where the attempt fails.
"""

import sys
from collections import Counter

import pytest

FILES = "tests/integration"


class Count:
    def __init__(self) -> None:
        self.kinds: dict[str, str] = {}
        self.tried: Counter[str] = Counter()
        self.held: Counter[str] = Counter()
        self.sent: Counter[str] = Counter()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            mark = item.get_closest_marker("attack")
            if mark:
                self.kinds[item.nodeid] = mark.args[0]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        kind = self.kinds.get(report.nodeid)
        if kind and (report.when == "call" or report.failed):
            self.tried[kind] += 1
            self.held[kind] += report.passed
        if kind and report.when == "teardown":
            # a test that goes over every address says how many requests it sent
            self.sent[kind] += dict(report.user_properties).get("tried", 1)


def main(options: list[str]) -> int:
    count = Count()
    ended = pytest.main(["-q", "-m", "attack", FILES, *options], plugins=[count])
    for kind in sorted(count.tried):
        tried, held = count.tried[kind], count.held[kind]
        print(f"{kind:14} {tried:4} tried, {held:4} held off, {count.sent[kind]:6} attempts")
    tried, held = count.tried.total(), count.held.total()
    print(f"{'all':14} {tried:4} tried, {held:4} held off, {count.sent.total():6} attempts")
    return int(ended)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
