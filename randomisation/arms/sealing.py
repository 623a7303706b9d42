"""Seal and open: AES-256-GCM, bound to its place, padded to a length that tells nothing.

A sealed value is: version (1 byte), key id (4), nonce (12), ciphertext with tag. The plaintext
is its length (4 bytes), itself, and zeros up to `size`. The associated data is
"table.column.row", so that a value moved to another row does not open.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Sequence
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = b"\x01"
NONCE = 12
OVERHEAD = 1 + 4 + NONCE + 16
KEY = 32


class SealError(ValueError):
    """A sealed value does not open, or does not fit. The text never holds the value."""


def key_id(key: bytes) -> bytes:
    """Four bytes that name a key without telling it."""
    return hashlib.sha256(b"vault key id" + key).digest()[:4]


class Sealer:
    """Seals with the first key; opens with any. Each key has 32 bytes."""

    def __init__(
        self, keys: Sequence[bytes], nonces: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        if not keys or any(len(key) != KEY for key in keys):
            raise SealError("Each key of the vault has 32 bytes.")
        self._ciphers = {key_id(key): AESGCM(key) for key in keys}
        self._first = key_id(keys[0])
        self._nonces = nonces

    def seal(self, value: Any, place: str, size: int) -> bytes:
        """`value` (JSON) as sealed bytes of length size + 4 + OVERHEAD, whatever the value."""
        plain = json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
        if len(plain) > size:
            raise SealError(f"The value for {place} does not fit into {size} bytes.")
        padded = len(plain).to_bytes(4, "big") + plain.ljust(size, b"\0")
        nonce = self._nonces(NONCE)
        head = VERSION + self._first
        sealed = self._ciphers[self._first].encrypt(nonce, padded, _bound(head, place))
        return head + nonce + sealed

    def open(self, sealed: bytes, place: str) -> Any:
        """The value that was sealed at `place`; SealError for a wrong key, place or byte."""
        sealed = bytes(sealed)
        head, nonce, rest = sealed[:5], sealed[5 : 5 + NONCE], sealed[5 + NONCE :]
        cipher = self._ciphers.get(head[1:])
        if head[:1] != VERSION or cipher is None:
            raise SealError(f"The key that sealed {place} is not at hand.")
        try:
            padded = cipher.decrypt(nonce, rest, _bound(head, place))
        except InvalidTag:
            raise SealError(f"What is sealed for {place} was altered or moved.") from None
        length = int.from_bytes(padded[:4], "big")
        return json.loads(padded[4 : 4 + length])

    def is_current(self, sealed: bytes) -> bool:
        """True where the first key sealed it (rotation seals the others again)."""
        return bytes(sealed)[1:5] == self._first


def _bound(head: bytes, place: str) -> bytes:
    return head + place.encode()


def round_up(length: int, step: int) -> int:
    """The least multiple of `step` that holds `length`."""
    return -(-length // step) * step


def doubled(length: int, least: int) -> int:
    """The least power of two times `least` that holds `length`."""
    while least < length:
        least *= 2
    return least
