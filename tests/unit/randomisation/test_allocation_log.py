"""The file by itself: appended to, chained, read on by several who write at the same time."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from randomisation.allocation_log import AllocationLog, BrokenLogError

ROOT = Path(__file__).resolve().parents[3]


def intent(position: int, kit: str = "", code: str = "") -> dict:
    return {
        "kind": "intent",
        "position": position,
        "number": f"R-{position:04d}",
        "participant": code or f"FR-05-{position:03d}",
        "visit": "INJ-01",
        "kit": kit or f"{position:05d}",
    }


@pytest.fixture
def log(tmp_path):
    return AllocationLog(tmp_path / "elsewhere" / "log.jsonl", sync=False)


def test_what_was_appended_is_known_by_position_kit_and_visit(log):
    assert log.append([intent(1), intent(2)]) == [1, 2]
    state = log.state()
    assert state.last_position == 2
    assert state.kits["00002"]["participant"] == "FR-05-002"
    assert ("FR-05-001", "INJ-01", "") in state.visits


def test_an_intent_is_certain_once_it_is_kept(log):
    log.append([intent(1)])
    line = log.state().positions[1]
    assert not log.state().is_certain(line)
    log.append([{"kind": "kept", "of": [1]}])
    assert log.state().is_certain(line)


def test_what_is_void_gave_nothing(log):
    log.append([intent(1), intent(2)])
    log.append([{"kind": "void", "of": [2]}])
    state = log.state()
    assert (state.last_position, set(state.kits)) == (1, {"00001"})


def test_a_kit_in_the_place_of_another_is_a_giving_of_its_own(log):
    """Where it is void, the first one of the visit still stands."""
    log.append([intent(1)])
    again = intent(2, code="FR-05-001") | {"position": 0, "replaces": "00001"}
    log.append([again])
    visits = log.state().visits
    assert visits["FR-05-001", "INJ-01", ""]["kit"] == "00001"
    assert visits["FR-05-001", "INJ-01", "00001"]["kit"] == "00002"
    log.append([{"kind": "void", "of": [2]}])
    assert set(log.state().visits) == {("FR-05-001", "INJ-01", "")}


def test_the_file_is_closed_to_others(log):
    log.append([intent(1)])
    assert os.stat(log.path).st_mode & 0o777 == 0o600


def test_each_line_follows_from_the_one_before_and_is_read_with_the_standard_library(log):
    log.append([intent(1), intent(2)])
    first, second = (json.loads(line) for line in log.path.read_text().splitlines())
    assert second["previous"] == first["hash"]


@pytest.mark.parametrize(
    "tamper",
    [
        lambda lines: [lines[0].replace(b"00001", b"00009"), *lines[1:]],
        lambda lines: lines[1:],
        lambda lines: [lines[0], lines[2]],
        lambda lines: [lines[1], lines[0], lines[2]],
    ],
)
def test_an_altered_a_missing_and_a_moved_line_are_found(log, tamper):
    log.append([intent(1), intent(2), intent(3)])
    log.path.write_bytes(b"".join(tamper(log.path.read_bytes().splitlines(keepends=True))))
    with pytest.raises(BrokenLogError):
        AllocationLog(log.path).state()


def test_a_line_torn_by_a_power_cut_is_left_behind(log):
    log.append([intent(1)])
    with log.path.open("ab") as file:
        file.write(b'{"kind": "int')
    again = AllocationLog(log.path, sync=False)
    again.append([intent(2)])
    state = AllocationLog(log.path).state()
    assert (state.last_position, state.torn) == (2, 1)


def test_threads_and_processes_write_one_chain(log):
    script = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from pathlib import Path\n"
        "from randomisation.allocation_log import AllocationLog\n"
        f"log = AllocationLog(Path({str(log.path)!r}), sync=False)\n"
        "for n in range(100): log.append([{'kind': 'kept', 'of': []}])\n"
    )
    other = subprocess.Popen([sys.executable, "-c", script])
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: log.append([intent(n)]), range(1, 101)))
    assert other.wait() == 0
    state = AllocationLog(log.path).state()
    assert (state.lines, state.last_position) == (200, 100)
