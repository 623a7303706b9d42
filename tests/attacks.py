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


def main(options: list[str]) -> int:
    count = Count()
    ended = pytest.main(["-q", "-m", "attack", FILES, *options], plugins=[count])
    for kind in sorted(count.tried):
        print(f"{kind:20} {count.tried[kind]:4} tried, {count.held[kind]:4} held off")
    return int(ended)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
