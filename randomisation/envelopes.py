"""Envelopes for when the service is down: a sealed file opens one participant's arm.

    python envelopes.py FILE R-0038

Stands alone: this file, Python and its package `cryptography` are enough. It asks who opens the
envelope, why, and the passphrase; it writes that into FILE.opened before the arm is shown. When the
service is back, `manage.py custody opened FILE.opened` records it there.

FILE is JSON: salt, and one sealed text of one length for each randomisation number. The key comes
from the passphrase (scrypt); each envelope has a key of its own, HMAC-SHA256(key, number), and is
bound to its number (AES-256-GCM, associated data).
"""

from __future__ import annotations

import getpass
import hashlib
import hmac
import json
import os
import secrets
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SIZE, NONCE, SHORTEST = 32, 12, 16


class EnvelopeError(ValueError):
    """Why no envelope was made or opened."""


def seal(arms: Mapping[str, str], passphrase: str) -> str:
    """The file's text: an envelope for each randomisation number."""
    if len(passphrase) < SHORTEST:
        raise EnvelopeError(f"The passphrase has {SHORTEST} characters or more.")
    if any(len(arm.encode()) > SIZE for arm in arms.values()):
        raise EnvelopeError("The name of an arm is too long.")
    salt = secrets.token_bytes(16)
    key = _key(passphrase, salt)
    sealed = {}
    for number, arm in arms.items():
        nonce = secrets.token_bytes(NONCE)
        plain = arm.encode().ljust(SIZE, b"\0")
        sealed[number] = (nonce + _cipher(key, number).encrypt(nonce, plain, _bound(number))).hex()
    return json.dumps({"salt": salt.hex(), "envelopes": sealed}, indent=1) + "\n"


def open_one(text: str, number: str, passphrase: str) -> str:
    """The arm of one participant; nothing else of the file is opened."""
    held = json.loads(text)
    if number not in held["envelopes"]:
        raise EnvelopeError(f"There is no envelope {number}.")
    raw = bytes.fromhex(held["envelopes"][number])
    cipher = _cipher(_key(passphrase, bytes.fromhex(held["salt"])), number)
    try:
        plain = cipher.decrypt(raw[:NONCE], raw[NONCE:], _bound(number))
    except InvalidTag:
        raise EnvelopeError("The passphrase is another, or the file was altered.") from None
    return plain.rstrip(b"\0").decode()


def _key(passphrase: str, salt: bytes) -> bytes:
    return hashlib.scrypt(passphrase.encode(), salt=salt, n=2**15, r=8, p=1, maxmem=2**26, dklen=32)


def _cipher(key: bytes, number: str) -> AESGCM:
    return AESGCM(hmac.digest(key, number.encode(), "sha256"))


def _bound(number: str) -> bytes:
    return f"envelope.{number}".encode()


def put_on_record(path: Path, number: str, who: str, why: str) -> None:
    """One line, on the disk before anything is shown."""
    line = {"number": number, "who": who, "why": why, "at": datetime.now(UTC).isoformat()}
    with open(path, "a", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(json.dumps(line) + "\n")
        file.flush()
        os.fsync(file.fileno())


def main(words: list[str]) -> int:
    if len(words) != 2:
        print(__doc__)  # noqa: T201 (stands alone)
        return 2
    path, number = Path(words[0]), words[1]
    who, why = input("Who opens it: ").strip(), input("Why: ").strip()
    if not who or not why:
        print("Say who and why. Nothing was opened.")  # noqa: T201
        return 1
    try:
        arm = open_one(path.read_text(), number, getpass.getpass("Passphrase: "))
    except (EnvelopeError, OSError) as error:
        print(f"{error} Nothing was opened.")  # noqa: T201
        return 1
    put_on_record(path.with_name(path.name + ".opened"), number, who, why)
    print(f"{number}: {arm}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
