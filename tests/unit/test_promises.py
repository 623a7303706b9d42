"""The validation pack itself: what proves a promise, what does not, and what it writes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.promises import judge, pack
from tests.promises.judge import Promise

DUE = Promise("AT-01", "Audit trail", "every change is kept", "EMA", True)
LATER = Promise("SF-01", "Safety", "the clock runs", "CTR", False)


def results(*tests: tuple[str, str, list[str]], broken: dict[str, str] | None = None) -> dict:
    return {
        "tests": {
            name: {"outcome": outcome, "seconds": 0.1, "reason": "", "promises": promises}
            for name, outcome, promises in tests
        },
        "broken": broken or {},
        "build": {"version": "0.1.0", "commit": "a" * 40, "modified": False},
        "environment": {"python": "3.11"},
        "began": 1_700_000_000,
        "seconds": 1.5,
    }


def judged(*tests: tuple[str, str, list[str]], **others: dict) -> judge.Judgement:
    return judge.judge((DUE, LATER), results(*tests, **others))


def states(found: judge.Judgement) -> list[str]:
    return [one.state for one in found.verdicts]


def test_a_test_that_passed_proves_its_promise():
    found = judged(("a", "passed", ["AT-01"]))
    assert states(found) == ["proven", "planned"]
    assert found.last_line == "1 promises proven, 1 planned, 0 failing"
    assert found.good


@pytest.mark.promise("VA-01")
def test_a_due_promise_without_a_test_fails():
    found = judged(("a", "passed", []))
    assert states(found) == ["failing", "planned"]
    assert found.verdicts[0].why == "no test names it"
    assert found.last_line == "0 promises proven, 1 planned, 1 failing"
    assert not found.good


@pytest.mark.promise("VA-01")
def test_a_test_that_names_no_promise_of_ours_fails():
    found = judged(("a", "passed", ["AT-01"]), ("b", "passed", ["AT-99"]))
    assert found.unknown == ("AT-99",)
    assert found.last_line == "1 promises proven, 1 planned, 1 failing"
    assert not found.good


@pytest.mark.promise("VA-01")
@pytest.mark.parametrize("promise", ["AT-01", "SF-01"])
def test_one_failed_test_is_enough(promise):
    found = judged(
        ("z", "passed", ["AT-01"]), ("a", "passed", [promise]), ("b", "failed", [promise])
    )
    assert {one.promise.id: one.state for one in found.verdicts}[promise] == "failing"
    assert not found.good


@pytest.mark.promise("VA-01")
def test_a_promise_whose_tests_were_all_skipped_fails():
    found = judged(("a", "skipped", ["AT-01"]), ("b", "skipped", ["SF-01"]))
    assert states(found) == ["failing", "failing"]
    assert found.verdicts[0].why == "every test of it was skipped"
    kept = judged(("a", "skipped", ["AT-01"]), ("b", "passed", ["AT-01"]))
    assert states(kept)[0] == "proven"


def test_a_failed_test_without_a_promise_is_not_good_either():
    found = judged(("a", "passed", ["AT-01"]), ("b", "failed", []))
    assert found.failing == 0
    assert [one.name for one in found.red] == ["b"]
    assert not found.good


def test_a_module_that_cannot_be_read_is_not_good():
    found = judged(("a", "passed", ["AT-01"]), broken={"tests/x.py": "ImportError"})
    assert not found.good


def test_our_hundred_promises():
    promises = judge.read_promises(ROOT / "docs" / "promises.yaml")
    assert len(promises) == len({one.id for one in promises}) == 100
    assert [one.id for one in promises if not one.due] == []


@pytest.mark.parametrize(
    "text",
    [
        "AT: {title: t, due: [AT-02], promises: {AT-01: {promise: p, source: s}}}",
        "AT: {title: t, due: all, promises: {BL-01: {promise: p, source: s}}}",
    ],
)
def test_a_file_of_promises_that_contradicts_itself_is_refused(tmp_path, text):
    path = tmp_path / "promises.yaml"
    path.write_text(text)
    with pytest.raises(ValueError, match="AT"):
        judge.read_promises(path)


SUITE = """
import pytest

@pytest.mark.promise("AT-01")
class TestIt:
    @pytest.mark.promise("AT-02")
    def test_good(self): pass

@pytest.mark.promise("AT-03")
@pytest.mark.parametrize("n", [1, 2])
def test_bad(n): assert n == 1, "two"

@pytest.mark.promise("AT-04")
@pytest.mark.skip(reason="not here")
def test_skipped(): pass

@pytest.fixture
def broken(): raise RuntimeError("no fixture")

@pytest.mark.promise("AT-05")
def test_error(broken): pass

@pytest.mark.promise("AT-06")
@pytest.mark.xfail(reason="known", strict=True)
def test_known(): assert False
"""


@pytest.mark.slow
@pytest.mark.promise("VA-01")
@pytest.mark.parametrize("workers", ["0", "2"])
def test_the_plugin_hears_of_every_test_also_from_workers(tmp_path, workers):
    (tmp_path / "test_suite.py").write_text(SUITE)
    (tmp_path / "test_broken.py").write_text("import nothing_of_this_name")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = promise(id)\n")
    out = tmp_path / "out" / "results.json"
    command = [sys.executable, "-m", "pytest", "-p", "tests.promises.plugin", "-q"]
    command += ["--promises-to", str(out), "-p", "no:cacheprovider", "-n", workers]
    done = subprocess.run(
        [*command, "--continue-on-collection-errors", "."],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": ""},
        capture_output=True,
        text=True,
    )
    assert out.exists(), done.stdout + done.stderr
    found = json.loads(out.read_text())
    tests = {name.split("::", 1)[1]: one for name, one in found["tests"].items()}
    assert {name: (one["outcome"], one["promises"]) for name, one in tests.items()} == {
        "TestIt::test_good": ("passed", ["AT-01", "AT-02"]),
        "test_bad[1]": ("passed", ["AT-03"]),
        "test_bad[2]": ("failed", ["AT-03"]),
        "test_skipped": ("skipped", ["AT-04"]),
        "test_error": ("failed", ["AT-05"]),
        "test_known": ("skipped", ["AT-06"]),
    }
    assert tests["test_skipped"]["reason"] == "not here"
    assert "two" in tests["test_bad[2]"]["reason"]
    assert [Path(name).name for name in found["broken"]] == ["test_broken.py"]


def written(folder: Path) -> dict:
    found = results(
        ("tests/unit/a.py::a", "passed", ["AT-01"]),
        ("tests/validation/test_survival_against_r.py::b", "passed", ["IA-06"]),
        ("tests/unit/a.py::<c>", "failed", []),
    )
    judgement = judge.judge((DUE, LATER), found)
    data = pack.pack(judgement, found, ROOT / "crf" / "definitions" / "reminet")
    pack.write(folder, data)
    return data


@pytest.mark.promise("VA-05")
def test_the_report_as_page_and_as_pdf_is_the_same_twice(tmp_path):
    data = written(tmp_path / "one")
    written(tmp_path / "two")
    for name in ("report.html", "report.pdf", "report.json"):
        one, two = ((tmp_path / where / name).read_bytes() for where in ("one", "two"))
        assert one == two
    assert (tmp_path / "one" / "report.pdf").read_bytes().startswith(b"%PDF-")
    page = (tmp_path / "one" / "report.html").read_text()
    for text in ("AT-01", "every change is kept", "EMA", "tests/unit/a.py::a", "a" * 40):
        assert text in page
    assert "&lt;c&gt;" in page
    assert all(one["risk"] in page and one["note"] for one in data["defects"])
    assert data["statistics"]["tests"][0]["name"].startswith("test_survival_against_r.py")
    assert data["checks"]["sha256"] in page
