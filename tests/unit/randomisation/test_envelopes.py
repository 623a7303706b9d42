"""The envelopes for when the service is down: one opens, one length, nothing without the words."""

import json
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest

from randomisation import envelopes
from randomisation.envelopes import EnvelopeError, open_one, seal

WORDS = "eleven grey herons at the weir"
ARMS = {"R-0001": "LAN", "R-0002": "PLACEBO"}


@pytest.fixture(scope="module")
def text():
    return seal(ARMS, WORDS)


@pytest.mark.promise("BL-08")
def test_each_opens_by_its_number_with_the_passphrase(text):
    assert {number: open_one(text, number, WORDS) for number in ARMS} == ARMS


@pytest.mark.promise("BL-08")
def test_the_file_shows_no_arm_and_one_length(text):
    assert "LAN" not in text
    assert "PLACEBO" not in text
    assert len({len(one) for one in json.loads(text)["envelopes"].values()}) == 1


def test_another_passphrase_an_altered_byte_and_another_number_do_not_open(text):
    held = json.loads(text)
    swapped = dict(zip(held["envelopes"], reversed(held["envelopes"].values())))
    for number, words, wrong in [
        ("R-0001", WORDS + "x", text),
        ("R-0009", WORDS, text),
        ("R-0001", WORDS, json.dumps(held | {"envelopes": swapped})),
    ]:
        with pytest.raises(EnvelopeError):
            open_one(wrong, number, words)
    with pytest.raises(EnvelopeError, match="16 characters"):
        seal(ARMS, "short")


@pytest.mark.promise("BL-08")
def test_who_and_why_are_on_the_disk_before_the_arm_is_shown(text, tmp_path, monkeypatch, capsys):
    path = tmp_path / "envelopes.json"
    path.write_text(text)
    answers = iter(["Dr A. Roy", "anaphylaxis, needs the drug's name"])
    monkeypatch.setattr("builtins.input", lambda _: next(answers))
    monkeypatch.setattr("getpass.getpass", lambda _: WORDS)
    full = mock.patch.object(envelopes, "put_on_record", side_effect=OSError("disk full"))
    with full, pytest.raises(OSError, match="disk full"):
        envelopes.main([str(path), "R-0001"])
    assert "LAN" not in capsys.readouterr().out
    answers = iter(["Dr A. Roy", "anaphylaxis, needs the drug's name"])
    assert envelopes.main([str(path), "R-0001"]) == 0
    assert capsys.readouterr().out == "R-0001: LAN\n"
    (line,) = (tmp_path / "envelopes.json.opened").read_text().splitlines()
    assert json.loads(line)["who"] == "Dr A. Roy"
    assert "LAN" not in line


def test_it_stands_alone(tmp_path):
    """Copied away from the project it says how it is used."""
    copy = tmp_path / "envelopes.py"
    copy.write_text(Path(envelopes.__file__).read_text())
    done = subprocess.run(
        [sys.executable, str(copy)], cwd=tmp_path, env={}, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "python envelopes.py FILE R-0038" in done.stdout
