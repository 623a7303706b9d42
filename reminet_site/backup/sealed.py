"""A stream sealed in chunks: AES-256-GCM, each bound to its place and to the whole.

    file    header, chunk, chunk, ..., last chunk
    header  the format's name, key id (8 bytes), salt (32)
    chunk   1 MiB of the stream (the last one less), sealed, with its 16 bytes of tag

The key of a file is HKDF-SHA256 of BACKUP_KEY and the file's salt. A chunk's nonce is its number
and whether it is the last, its associated data the header: a chunk that was altered, moved,
repeated, left out or taken from another file does not open, nor does a file that was cut.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FORMAT = b"REMINET backup 1\n"
KEY, KEY_ID, SALT, TAG = 32, 8, 32, 16
HEADER = len(FORMAT) + KEY_ID + SALT
CHUNK = 1 << 20


class Damaged(ValueError):
    """The file is not what was written, or not ours to read. A sentence."""


def key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"backup key id" + key).digest()[:KEY_ID]


def split(material: bytes) -> list[bytes]:
    """The current key, then retired ones, of a variable that holds them one after the other."""
    return [material[start : start + KEY] for start in range(0, len(material), KEY)]


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), KEY, salt, FORMAT).derive(key))


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


class Sealing:
    """Seals what is written to it into `file`; whole once it is closed."""

    def __init__(self, file: BinaryIO, key: bytes, chunk: int = CHUNK) -> None:
        salt = secrets.token_bytes(SALT)
        self._header = FORMAT + key_id(key) + salt
        self._file, self._cipher, self._chunk = file, _cipher(key, salt), chunk
        self._rest = bytearray()
        self._number = 0
        self.size, self._sha256 = 0, hashlib.sha256()
        self._put(self._header)

    def write(self, data: bytes) -> None:
        self._rest += data
        while len(self._rest) > self._chunk:  # the last chunk is sealed by close
            self._seal(bytes(self._rest[: self._chunk]), last=False)
            del self._rest[: self._chunk]

    def close(self) -> str:
        """SHA-256 of the file as it is on the disk."""
        self._seal(bytes(self._rest), last=True)
        return self._sha256.hexdigest()

    def _seal(self, data: bytes, *, last: bool) -> None:
        self._put(self._cipher.encrypt(_nonce(self._number, last), data, self._header))
        self._number += 1

    def _put(self, data: bytes) -> None:
        self._file.write(data)
        self._sha256.update(data)
        self.size += len(data)


def opened(file: BinaryIO, keys: Sequence[bytes], chunk: int = CHUNK) -> Iterator[bytes]:
    """The stream, chunk by chunk, each of them authentic; Damaged at the first that is not.

    That nothing is missing is known only after the last.
    """
    header = file.read(HEADER)
    if len(header) < HEADER or not header.startswith(FORMAT):
        raise Damaged("This is no backup of this service, or its beginning is damaged.")
    named = header[len(FORMAT) : len(FORMAT) + KEY_ID]
    key = next((key for key in keys if key_id(key) == named), None)
    if key is None:
        raise Damaged(
            f"The backup names the key {named.hex()}, and BACKUP_KEY holds "
            f"{', '.join(key_id(one).hex() for one in keys)}: another key sealed it, or its "
            "beginning is damaged."
        )
    cipher = _cipher(key, header[-SALT:])
    number, now = 0, file.read(chunk + TAG)
    while True:
        after = file.read(chunk + TAG)
        try:
            data = cipher.decrypt(_nonce(number, last=not after), now, header)
        except (InvalidTag, ValueError):
            at = HEADER + number * (chunk + TAG)
            raise Damaged(
                f"The backup is damaged or cut: chunk {number + 1}, from byte {at:,} on, is not "
                "what was written there."
            ) from None
        yield data
        if not after:
            return
        number, now = number + 1, after
