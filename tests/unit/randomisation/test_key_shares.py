"""Any k shares give the key, k - 1 tell nothing, and a wrong digit is found in its row."""

import base64
import subprocess
import sys
from collections import Counter
from itertools import combinations, product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from randomisation import key_shares
from randomisation.arms.sealing import key_id
from randomisation.key_shares import Share, ShareError, inverse, join, read, split, times, write

pytestmark = pytest.mark.promise("BL-04")
MATERIAL = bytes(range(32))


def long_hand(a, b):
    """The product of two bytes as polynomials over GF(2), then the rest by x^8+x^4+x^3+x+1."""
    whole = 0
    for bit in range(8):
        if b >> bit & 1:
            whole ^= a << bit
    for bit in range(14, 7, -1):
        if whole >> bit & 1:
            whole ^= 0b100011011 << (bit - 8)
    return whole


def test_products_are_those_of_the_field():
    assert all(times(a, b) == long_hand(a, b) for a in range(256) for b in range(256))
    assert times(0x57, 0x83) == 0xC1  # FIPS 197, 4.2
    assert all(times(a, inverse(a)) == 1 for a in range(1, 256))


@given(st.binary(min_size=32, max_size=32), st.data())
def test_any_k_of_n_give_the_key(material, data):
    of = data.draw(st.integers(2, 6))
    needed = data.draw(st.integers(2, of))
    shares = split(material, needed, of)
    chosen = data.draw(st.permutations(shares))
    assert join(chosen[:needed]) == material
    assert join(chosen) == material
    with pytest.raises(ShareError, match=f"{needed} are needed"):
        join(chosen[: needed - 1])


def test_every_choice_of_three_of_five():
    shares = split(MATERIAL, 3, 5)
    assert all(join(some) == MATERIAL for some in combinations(shares, 3))


def test_one_share_less_tells_nothing():
    """Exact, for a byte and two shares needed: whatever the byte, a share has each value once."""
    for secret in (0, 1, 127, 255):
        seen = Counter()
        for drawn in range(256):
            material = bytes([secret]) + bytes(31)
            draw = iter([bytes(4), bytes([drawn]) + bytes(31)])
            seen[split(material, 2, 3, lambda size, d=draw: next(d))[1].data[0]] += 1
        assert seen == Counter(range(256))


@pytest.mark.parametrize("secret", [3, 200])
def test_two_shares_of_three_tell_nothing(secret):
    """No two drawings give the same pair of shares, so each pair is as likely, whatever the byte
    (every drawing of the one coefficient with every seventeenth of the other)."""
    pairs = set()
    for a, b in product(range(256), range(0, 256, 17)):
        polynomial = [bytes([secret]), bytes([a]), bytes([b])]
        pairs.add(tuple(key_shares._value(x, polynomial) for x in (1, 2)))
    assert len(pairs) == 256 * 16


def test_a_retired_key_is_split_with_the_current_one():
    material = MATERIAL + MATERIAL[::-1]
    assert join(split(material, 2, 3)[1:]) == material


def test_the_name_is_the_one_that_sealed_values_carry():
    assert key_shares.name_of(MATERIAL) == key_id(MATERIAL).hex()


def test_printed_and_typed_again():
    share = split(MATERIAL, 3, 5)[1]
    text = write(share)
    assert read(text) == share
    assert read(text.upper().replace("  ", "    ") + "\n\n") == share
    assert len(text.splitlines()) == 5


def said_of(text):
    """ "" where the share is read, else what is wrong."""
    try:
        read(text)
    except ShareError as said:
        return str(said)
    return ""


@pytest.mark.parametrize("row", [1, 2, 3, 4])
def test_a_wrong_digit_is_found_in_its_row(row):
    """Of all single wrong digits of a row; 1 in 256 pass the check digits, and then the key's
    name does not let them through."""
    share = split(MATERIAL, 2, 3, lambda size: bytes(range(1, size + 1)))[0]
    lines = write(share).splitlines()
    said = []
    for at in range(4, 23):
        for digit in set("0123456789abcdef") - {lines[row][at]}:
            if lines[row][at] != " ":
                typed = lines[row][:at] + digit + lines[row][at + 1 :]
                said.append(said_of("\n".join([*lines[:row], typed, *lines[row + 1 :]])))
    assert len(said) == 16 * 15
    found = [one for one in said if one]
    assert len(found) >= len(said) - 4
    assert all(f"Row {row} is not what was printed" in one for one in found)


def test_a_wrong_heading_is_found():
    text = write(split(MATERIAL, 2, 3)[0]).replace("share 1", "share 3")
    with pytest.raises(ShareError, match="Its heading"):
        read(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "A share begins with a line"),
        ("my share", "A share begins with a line"),
        ("share 1, any 2 of set 00000000, key 00000000\n01 zz", "Row 1 of share 1 reads 01"),
        ("share 1, any 2 of set 00000000, key 00000000\n", "a row is missing"),
    ],
)
def test_what_is_no_share_is_told(text, says):
    with pytest.raises(ShareError, match=says):
        read(text)


def test_a_row_that_is_missing_is_told():
    lines = write(split(MATERIAL, 2, 3)[0]).splitlines()
    with pytest.raises(ShareError, match="a row is missing"):
        read("\n".join(lines[:-1]))


def test_shares_of_two_splits_are_told_apart():
    one, other = split(MATERIAL, 2, 3), split(MATERIAL, 2, 3)
    with pytest.raises(ShareError, match="two splits"):
        join([one[0], other[1]])
    with pytest.raises(ShareError, match="1 different shares are here"):
        join([one[0], one[0]])
    with pytest.raises(ShareError, match="not the key that they name"):
        join([one[0], Share(2, 2, one[0].made, one[0].key, bytes(32))])


@pytest.mark.parametrize(("needed", "of"), [(1, 3), (4, 3), (2, 17), (0, 0)])
def test_numbers_that_make_no_sense_are_refused(needed, of):
    with pytest.raises(ShareError, match="Between 2 and all"):
        split(MATERIAL, needed, of)


def test_a_key_of_another_length_is_refused():
    with pytest.raises(ShareError, match="32 bytes"):
        split(MATERIAL[:31], 2, 3)


def test_it_stands_alone(tmp_path):
    """Where nothing but Python is left: no service, no package, no environment."""
    for share in split(MATERIAL, 2, 3):
        (tmp_path / f"share-{share.x}.txt").write_text(write(share))
    script = tmp_path / "key_shares.py"
    script.write_text(Path(key_shares.__file__).read_text())
    files = [str(tmp_path / f"share-{x}.txt") for x in (3, 1)]
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(script), *files],
        capture_output=True,
        text=True,
        check=True,
    )
    assert base64.b64decode(done.stdout) == MATERIAL
    lone = subprocess.run([sys.executable, "-I", "-S", str(script), files[0]], capture_output=True)
    assert lone.returncode == 1
    assert b"2 are needed" in lone.stderr
