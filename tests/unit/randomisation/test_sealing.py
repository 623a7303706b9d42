"""What is sealed opens in its place only, and its length tells nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from randomisation.arms.sealing import OVERHEAD, Sealer, SealError, doubled, key_id, round_up

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))


@given(st.dictionaries(st.text(max_size=5), st.integers(), max_size=5))
def test_there_and_back(value):
    sealer = Sealer([KEY])
    assert sealer.open(sealer.seal(value, "t.c.1", 512), "t.c.1") == value


@pytest.mark.promise("BL-04")
@given(st.text(max_size=20), st.text(max_size=20))
def test_one_length_whatever_the_value(one, other):
    sealer = Sealer([KEY])
    sealed = [sealer.seal(value, "t.c.1", 256) for value in (one, other)]
    assert len(sealed[0]) == len(sealed[1]) == 256 + 4 + OVERHEAD


def test_the_same_value_twice_is_sealed_apart():
    sealer = Sealer([KEY])
    assert sealer.seal("A", "t.c.1", 32) != sealer.seal("A", "t.c.1", 32)


def test_moved_to_another_row_it_does_not_open():
    sealer = Sealer([KEY])
    with pytest.raises(SealError, match="altered or moved"):
        sealer.open(sealer.seal("A", "t.c.1", 32), "t.c.2")


@pytest.mark.parametrize("at", [0, 1, 8, 20, -1])
def test_one_changed_byte_does_not_open(at):
    sealer = Sealer([KEY])
    sealed = bytearray(sealer.seal("A", "t.c.1", 32))
    sealed[at] ^= 1
    with pytest.raises(SealError):
        sealer.open(bytes(sealed), "t.c.1")


def test_another_key_does_not_open():
    with pytest.raises(SealError, match="not at hand"):
        Sealer([OTHER]).open(Sealer([KEY]).seal("A", "t.c.1", 32), "t.c.1")


def test_a_retired_key_still_opens():
    sealed = Sealer([KEY]).seal("A", "t.c.1", 32)
    both = Sealer([OTHER, KEY])
    assert both.open(sealed, "t.c.1") == "A"
    assert not both.is_current(sealed)
    assert both.is_current(both.seal("A", "t.c.1", 32))


def test_too_long_is_refused_and_not_told():
    with pytest.raises(SealError, match="does not fit") as refused:
        Sealer([KEY]).seal("secret" * 10, "t.c.1", 16)
    assert "secret" not in str(refused.value)


def test_nonces_can_be_given():
    zeros = Sealer([KEY], lambda n: b"\0" * n)
    assert zeros.seal("A", "t.c.1", 32) == zeros.seal("A", "t.c.1", 32)


def test_a_key_of_another_size_is_refused():
    with pytest.raises(SealError, match="32 bytes"):
        Sealer([b"short"])
    with pytest.raises(SealError, match="32 bytes"):
        Sealer([])


def test_the_key_id_does_not_hold_the_key():
    assert len(key_id(KEY)) == 4
    assert key_id(KEY) != key_id(OTHER)
    assert key_id(KEY) not in KEY


def test_sizes():
    assert [round_up(n, 4) for n in (0, 1, 4, 5)] == [0, 4, 4, 8]
    assert [doubled(n, 4) for n in (1, 4, 5, 17)] == [4, 4, 8, 32]
