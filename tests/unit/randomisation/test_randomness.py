"""Where the bytes come from."""

import ast
import hashlib
import hmac
from collections import Counter
from pathlib import Path

import pytest
from scipy import stats

from randomisation.methods.randomness import (
    ExhaustedError,
    Reader,
    RecordedSource,
    SeededSource,
    SystemSource,
)

ROOM = Path(__file__).parents[3] / "randomisation"


def test_seeded_is_hmac_of_purpose_number_and_counter():
    key = b"seed"
    words = [hmac.new(key, f"allocation:7:{i}".encode(), hashlib.sha256).digest() for i in (0, 1)]
    assert SeededSource(key).draw(7, 40) == b"".join(words)[:40]
    assert SeededSource(key).draw(7, 8) == SeededSource(key).draw(7, 40)[:8]
    assert SeededSource(key, "kit").draw(7, 8) != SeededSource(key).draw(7, 8)


def test_system_never_repeats():
    source = SystemSource()
    assert len({source.draw(1, 16) for _ in range(1000)}) == 1000


def test_recorded_refuses_what_was_not_recorded():
    source = RecordedSource({1: b"12345678"})
    assert source.draw(1, 8) == b"12345678"
    with pytest.raises(ExhaustedError):
        source.draw(2, 8)
    with pytest.raises(ExhaustedError):
        source.draw(1, 9)


def test_reader_is_even():
    source = SeededSource(b"even")
    seen = Counter(Reader(source.draw(n, 8)).below(6) for n in range(12_000))
    assert stats.chisquare([seen[i] for i in range(6)]).pvalue > 1e-4


def test_reader_throws_the_last_words_away():
    over = b"\xff" * 8  # past the last multiple of 6
    assert Reader(over + b"\x00" * 7 + b"\x05").below(6) == 5
    with pytest.raises(ExhaustedError):
        Reader(over).below(6)


@pytest.mark.promise("RN-06")
def test_nothing_in_the_room_imports_a_plain_generator():
    for path in ROOM.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not {n.split(".")[0] for n in names} & {"random", "numpy"}, path
