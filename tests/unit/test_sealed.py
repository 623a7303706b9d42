"""A sealed stream: whatever is done to the file, it does not open."""

import io
import secrets

import pytest

from reminet_site.backup import pieces, sealed
from reminet_site.backup.sealed import HEADER, TAG, Damaged

KEY = bytes(range(32))
CHUNK = 64


def seal(data: bytes, key: bytes = KEY) -> bytes:
    file = io.BytesIO()
    out = sealed.Sealing(file, key, CHUNK)
    for start in range(0, len(data), 17):
        out.write(data[start : start + 17])
    out.close()
    return file.getvalue()


def opened(raw: bytes, *keys: bytes) -> bytes:
    return b"".join(sealed.opened(io.BytesIO(raw), keys or [KEY], CHUNK))


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 10 * CHUNK, 1000])
def test_what_is_sealed_opens(size):
    data = secrets.token_bytes(size)
    assert opened(seal(data)) == data


def test_a_retired_key_still_opens():
    assert opened(seal(b"old", bytes(32)), KEY, bytes(32)) == b"old"


def test_nothing_of_the_stream_is_readable_and_no_two_files_are_the_same():
    first, second = seal(b"FR-05-001" * 50), seal(b"FR-05-001" * 50)
    assert b"FR-05" not in first
    assert first[HEADER:] != second[HEADER:]


@pytest.mark.promise("BK-02")
def test_a_flipped_byte_anywhere_is_found():
    raw = seal(secrets.token_bytes(5 * CHUNK + 3))
    for at in range(len(raw)):
        bad = bytearray(raw)
        bad[at] ^= 1
        with pytest.raises(Damaged):
            opened(bytes(bad))


@pytest.mark.promise("BK-02")
def test_a_file_cut_anywhere_is_found():
    raw = seal(secrets.token_bytes(5 * CHUNK))
    for length in range(len(raw)):
        with pytest.raises(Damaged):
            opened(raw[:length])


@pytest.mark.promise("BK-02")
def test_chunks_that_are_swapped_repeated_left_out_or_of_another_file_are_found():
    raw, other = seal(bytes(5 * CHUNK)), seal(bytes(5 * CHUNK))
    step = CHUNK + TAG
    head, rest = raw[:HEADER], raw[HEADER:]
    chunks = [rest[at : at + step] for at in range(0, len(rest), step)]
    foreign = other[HEADER : HEADER + step]
    for changed in (
        [chunks[1], chunks[0], *chunks[2:]],
        [chunks[0], *chunks],
        chunks[1:],
        [*chunks[:2], *chunks[3:]],
        [foreign, *chunks[1:]],
        [*chunks, chunks[-1]],
        [*chunks, b"more"],
    ):
        with pytest.raises(Damaged):
            opened(head + b"".join(changed))


@pytest.mark.promise("BK-02")
def test_a_wrong_key_is_named():
    with pytest.raises(Damaged, match="another key"):
        opened(seal(b"data"), bytes(32))


def piece_stream(manifest: bool = True) -> bytes:
    out: list[bytes] = []
    into = pieces.Pieces(out.append)
    into.add("a", [b"one", b"", b"two"])
    into.add("b", [])
    if manifest:
        into.close({"format": "test"})
    return b"".join(out)


def test_pieces_come_back_in_order_with_their_manifest():
    seen = {}
    raw = piece_stream()
    blocks = iter([raw[at : at + 5] for at in range(0, len(raw), 5)])
    manifest = pieces.check(blocks, lambda name, body: seen.update({name: b"".join(body)}))
    assert seen == {"a": b"onetwo", "b": b""}
    assert [piece["name"] for piece in manifest["pieces"]] == ["a", "b"]


def test_a_backup_without_its_manifest_was_not_finished():
    with pytest.raises(Damaged, match="not finished"):
        pieces.check(iter([piece_stream(manifest=False)]))
