"""The vault's key in shares, on paper: any k of n give it back, fewer tell nothing.

Shamir, How to share a secret, CACM 22 (1979): byte by byte a polynomial of degree k-1 over
GF(2^8) (that of AES, x^8+x^4+x^3+x+1), its value at 0 the byte, the other coefficients from the
operating system; share x is its value at x. Each row of a share ends with check digits, so that a
wrong digit is found in its row.

Stands alone, without the service or any package: `python key_shares.py share-1.txt share-4.txt ...`
prints the key. `manage.py vault_key` splits it.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

KEY, ROW = 32, 8  # bytes
MOST = 16  # shares
HEADING = re.compile(r"share ([0-9]+), any ([0-9]+) of set ([0-9a-f]{8}), key ([0-9a-f]{8})")


class ShareError(ValueError):
    """The shares do not give the key; the text says which one and what to do."""


@dataclass(frozen=True, slots=True)
class Share:
    """`x` 1 to MOST; `needed` k; `made` names the split, `key` the key, as 8 hexadecimal digits."""

    x: int
    needed: int
    made: str
    key: str
    data: bytes

    @property
    def heading(self) -> str:
        return f"share {self.x}, any {self.needed} of set {self.made}, key {self.key}"


def times(a: int, b: int) -> int:
    """The product of two bytes in GF(2^8)."""
    product = 0
    while b:
        product ^= a if b & 1 else 0
        a = (a << 1) ^ (0x11B if a & 0x80 else 0)
        b >>= 1
    return product


def inverse(a: int) -> int:
    """The byte that times a is 1; a is not 0."""
    power = 1
    for _ in range(254):
        power = times(power, a)
    return power


def name_of(material: bytes) -> str:
    """Names the current key without telling it, as the backups and sealed values do."""
    return hashlib.sha256(b"vault key id" + material[:KEY]).hexdigest()[:8]


def split(
    material: bytes, needed: int, of: int, draw: Callable[[int], bytes] = secrets.token_bytes
) -> list[Share]:
    """`of` shares of VAULT_KEY (32 bytes, or more with retired keys), any `needed` of which give
    it back."""
    if not material or len(material) % KEY:
        raise ShareError(f"The vault's key has {KEY} bytes, and as many more for each retired one.")
    if not 2 <= needed <= of <= MOST:
        raise ShareError(f"Between 2 and all shares are needed, and {MOST} are the most.")
    made = draw(4).hex()
    drawn = draw(len(material) * (needed - 1))
    powers = [drawn[at : at + len(material)] for at in range(0, len(drawn), len(material))]
    return [
        Share(x, needed, made, name_of(material), _value(x, [material, *powers]))
        for x in range(1, of + 1)
    ]


def _value(x: int, coefficients: Sequence[bytes]) -> bytes:
    """The polynomials at x, by Horner; the lowest coefficient first."""
    found = bytes(len(coefficients[0]))
    for one in reversed(coefficients):
        found = bytes(times(f, x) ^ c for f, c in zip(found, one))
    return found


def join(shares: Sequence[Share]) -> bytes:
    """The key. ShareError where shares are too few, twice, or of another split."""
    if not shares:
        raise ShareError("No share was given.")
    first = shares[0]
    for one in shares:
        if (one.made, one.needed, one.key) != (first.made, first.needed, first.key):
            raise ShareError(
                f"Share {one.x} is of set {one.made}, share {first.x} of set {first.made}: shares "
                "of two splits give nothing together."
            )
    by_x = {one.x: one.data for one in shares}
    if len(by_x) < first.needed:
        raise ShareError(f"{len(by_x)} different shares are here, {first.needed} are needed.")
    chosen = dict(sorted(by_x.items())[: first.needed])
    if len({len(data) for data in chosen.values()}) > 1:
        raise ShareError("One share has more rows than another: a row is missing.")
    material = bytes(len(first.data))
    for x, data in chosen.items():
        weight = _weight(x, list(chosen))
        material = bytes(m ^ times(d, weight) for m, d in zip(material, data))
    if name_of(material) != first.key:
        raise ShareError("What the shares give is not the key that they name. Look for another.")
    return material


def _weight(x: int, others: Sequence[int]) -> int:
    """Lagrange's weight of the value at x, for the value at 0."""
    weight = 1
    for other in others:
        if other != x:
            weight = times(weight, times(other, inverse(other ^ x)))
    return weight


def write(share: Share) -> str:
    """To print: a heading, then rows of eight bytes with two check digits."""
    rows = [share.data[at : at + ROW] for at in range(0, len(share.data), ROW)]
    lines = [
        f"{n:02d}  {' '.join(row.hex()[at : at + 4] for at in range(0, 16, 4))}  {check}"
        for n, row in enumerate(rows, start=1)
        for check in [_check(share.heading, n, row)]
    ]
    return "\n".join([share.heading, *lines]) + "\n"


def _check(heading: str, n: int, row: bytes) -> str:
    return hashlib.sha256(f"{heading} {n} ".encode() + row).hexdigest()[:2]


def read(text: str) -> Share:
    """A share as it was printed or typed; blanks and capitals do not matter."""
    lines = [" ".join(line.split()).lower() for line in text.splitlines() if line.strip()]
    found = HEADING.fullmatch(lines[0]) if lines else None
    if found is None:
        raise ShareError(
            "A share begins with a line such as: share 2, any 3 of set 7f3a91c2, key 1b2c3d4e"
        )
    x, needed = int(found[1]), int(found[2])
    share = Share(x, needed, found[3], found[4], b"")
    data, wrong = b"", []
    for n, line in enumerate(lines[1:], start=1):
        digits = line.replace(" ", "")
        if not re.fullmatch(rf"{n:02d}[0-9a-f]{{18}}", digits):
            raise ShareError(
                f"Row {n} of share {x} reads {n:02d}, sixteen digits 0-9 or a-f, two check digits."
            )
        row = bytes.fromhex(digits[2:18])
        if _check(share.heading, n, row) != digits[18:]:
            wrong.append(n)
        data += row
    if wrong:
        where = "Its heading" if len(wrong) == len(lines) - 1 else f"Row {wrong[0]}"
        raise ShareError(f"Share {x} was typed wrongly. {where} is not what was printed.")
    if not data or len(data) % KEY:
        raise ShareError(f"Share {x} has {len(lines) - 1} rows; a row is missing.")
    return Share(x, needed, share.made, share.key, data)


def main(files: Sequence[str]) -> int:
    """Prints VAULT_KEY, in base64 as the environment wants it."""
    try:
        material = join([read(Path(name).read_text()) for name in files])
    except (ShareError, OSError) as said:
        sys.stderr.write(f"{said}\n")
        return 1
    sys.stdout.write(base64.b64encode(material).decode() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
