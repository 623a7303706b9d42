"""A small fault run: programs killed at random while people save and randomise."""

import re
import subprocess
import sys

import pytest

from reminet_site.local.environment import ROOT


@pytest.mark.campaign
@pytest.mark.promise("RN-02")
@pytest.mark.promise("AT-01")
def test_what_was_acknowledged_is_there_once_whatever_was_killed():
    words = ["--saves", "60", "--allocations", "10", "--kills", "7", "--seed", "5"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "0 faults found" in done.stdout
    saves = re.search(r"saves +(\d+) acknowledged, (\d+) found, 0 lost, 0 doubled", done.stdout)
    assert saves
    assert saves[1] == saves[2]
    assert int(saves[1]) > 40
    assert re.search(r"killed +[4-7]: ", done.stdout)
