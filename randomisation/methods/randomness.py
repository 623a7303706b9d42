"""Where the bytes of an allocation come from.

A real trial draws from the operating system (`SystemSource`). A demonstration draws from a seed,
by randomisation number (`SeededSource`), so that the pure allocator can be run again. A
verification reads the bytes that were recorded (`RecordedSource`).
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


class Source(Protocol):
    """Gives `size` bytes for the allocation with this place in the order, counted from 1."""

    def draw(self, number: int, size: int) -> bytes: ...


class SystemSource:
    """Cryptographic randomness of the operating system."""

    def draw(self, number: int, size: int) -> bytes:
        return secrets.token_bytes(size)


@dataclass(frozen=True, slots=True)
class SeededSource:
    """HMAC-SHA256(seed, "purpose:number:counter"): the same seed and number, the same bytes."""

    seed: bytes
    purpose: str = "allocation"

    def draw(self, number: int, size: int) -> bytes:
        words = (
            hmac.digest(self.seed, f"{self.purpose}:{number}:{counter}".encode(), "sha256")
            for counter in range(-(-size // 32))
        )
        return b"".join(words)[:size]


class ExhaustedError(ValueError):
    """The recorded bytes do not reach; the record and the plan do not belong together."""


@dataclass(frozen=True, slots=True)
class RecordedSource:
    """The bytes that earlier allocations recorded, by place in the order."""

    recorded: Mapping[int, bytes]

    def draw(self, number: int, size: int) -> bytes:
        kept = self.recorded.get(number, b"")
        if len(kept) < size:
            raise ExhaustedError(f"Allocation {number} recorded {len(kept)} bytes, not {size}.")
        return kept[:size]


class Reader:
    """Whole numbers below a bound from a run of bytes, without bias."""

    WORD = 8

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def below(self, bound: int) -> int:
        """A number of 0 .. bound-1, each equally likely: words past the last multiple are
        thrown away (chance below bound / 2**64 each)."""
        limit = (1 << 64) // bound * bound
        while True:
            word = self._data[self._at : self._at + self.WORD]
            if len(word) < self.WORD:
                raise ExhaustedError("The bytes given do not reach.")
            self._at += self.WORD
            value = int.from_bytes(word, "big")
            if value < limit:
                return value % bound
