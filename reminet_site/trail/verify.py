#!/usr/bin/env python3
"""Check an exported audit trail against itself and against its signed anchors.

    python3 verify.py TRAIL.jsonl ANCHOR.json ... [--key HEX]

Stands alone: the Python standard library (3.10 or newer) and this file. TRAIL is one JSON object
a line, as `manage.py export_trail` writes it; an ANCHOR is a file of a day, or a folder of them.
--key is the public key that the sponsor published: without it, anchors need only agree on one.

What is checked, row by row:
  1. place       the rows of a chain are numbered 1, 2, 3, ... and stand in that order
  2. chain       `previous` is the hash of the row before, 64 zeros at the first
  3. hash        SHA-256 of the row's fields, joined by the unit separator (FIELDS below)
  4. values      each value belongs to its commitment: SHA-256 of salt, unit separator, value;
                 a value that is gone has a row of the act "redact" that says who and why
  5. anchors     signatures (Ed25519, RFC 8032), their own order, and every head that they name

Exit status 0: all is well, one line says what was read. 1: the first bad row is named.
"""

import hashlib
import itertools
import json
import re
import sys
from pathlib import Path

SEPARATOR = "\x1f"
START = "0" * 64
FIELDS = (
    "previous", "chain", "seq", "at", "clinical_at", "user_id", "actor", "role", "reason",
    "query_id", "act", "relation", "row_id", "centre_id", "participant_id", "visit", "form",
    "item", "old_commitment", "new_commitment",
)  # fmt: skip


class Bad(Exception):
    """What is wrong, and where."""


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


# -- the trail ----------------------------------------------------------------------------


def canonical(row):
    """The text that is hashed: the fields in their order, \\N where there is none."""
    return SEPARATOR.join("\\N" if row[f] is None else str(row[f]) for f in FIELDS)


def check_row(row, last):
    """Place, chain and hash; `last` is (seq, hash) of the row before in the chain."""
    seq, before = last
    if row["seq"] != seq + 1:
        raise Bad(f"it stands where row {seq + 1} should: rows are missing or out of order")
    if row["previous"] != before:
        raise Bad("it does not follow from the row before")
    if any(SEPARATOR in str(row[field]) for field in FIELDS):
        raise Bad("a field holds a separator")
    if sha256(canonical(row)) != row["hash"]:
        raise Bad("its fields do not give its hash")


def missing_values(row):
    """Sides ("old", "new") whose value is gone; Bad where a value is not the one committed to."""
    gone = []
    for side in ("old", "new"):
        commitment, salt, value = row[f"{side}_commitment"], row[f"{side}_salt"], row[side]
        if commitment is None and (value is not None or salt is not None):
            raise Bad(f"its {side} value was added later")
        if commitment is None:
            continue
        if value is None and salt is None:
            gone.append(side)
        elif not re.fullmatch("[0-9a-f]{32}", salt or "") or value is None:
            raise Bad(f"its {side} value has no salt or no text")
        elif sha256(salt + SEPARATOR + value) != commitment:
            raise Bad(f"its {side} value is not the one that was written")
    return gone


class Trail:
    """What has been read of the trail: the last row of each chain, and what is still owed."""

    def __init__(self, anchored):
        self.anchored = dict(anchored)  # (chain, seq) -> (hash, name of the anchor)
        self.last = {}  # chain -> (seq, hash)
        self.gone = {}  # (chain, seq) -> where: values that are gone
        self.tombstones = set()  # (chain, seq) that an act "redact" names
        self.times = {}  # chain -> time of its last row
        self.rows = self.steps_back = 0
        self.head = None
        self.ended = False

    def read(self, lines):
        for number, line in enumerate(lines, 1):
            row = {}
            try:
                row = json.loads(line)
                if self.ended:
                    raise Bad("it stands after the last line")
                if "format" in row:
                    self.head = row
                elif "heads" in row:
                    self.end(row["heads"])
                else:
                    self.take(row)
            except (Bad, KeyError, TypeError, ValueError) as wrong:
                if self.ended and "heads" in row:
                    raise
                raise Bad(f"{where(row)} (line {number}): {wrong or 'not readable'}") from None
        if not self.ended:
            raise Bad("the trail ends without its last line: the file was cut")

    def take(self, row):
        self.rows += 1
        place = row["chain"], row["seq"]
        check_row(row, self.last.get(row["chain"], (0, START)))
        if missing_values(row):
            self.gone[place] = where(row)
        if row["act"] == "redact" and row["relation"] == "act":
            self.tombstones.add((row["chain"], int(row["row_id"])))
        expected, day = self.anchored.pop(place, (row["hash"], ""))
        if expected != row["hash"]:
            raise Bad(f"its hash is not the one anchored in {day}: the chain was written anew")
        self.steps_back += row["at"] < self.times.get(row["chain"], "")
        self.times[row["chain"]] = row["at"]
        self.last[row["chain"]] = row["seq"], row["hash"]

    def end(self, heads):
        """After the last row: nothing that was promised is missing."""
        self.ended = True
        for place, text in self.gone.items():
            if place not in self.tombstones:
                raise Bad(f"{text}: a value is gone and no redaction says why")
        for (chain, seq), (_, day) in self.anchored.items():
            raise Bad(f"{chain} row {seq}: missing, and anchored in {day}")
        for chain, (seq, found) in heads.items():
            if self.last.get(chain) != (seq, found):
                raise Bad(f"{chain} row {seq}: missing or changed, the chain ended with it")
        for chain in self.last:
            if chain not in heads:
                raise Bad(f"{chain} row 1: this chain has no head")


def where(row):
    return f"{row.get('chain', '?')} row {row.get('seq', '?')}" if isinstance(row, dict) else "?"


# -- the anchors ----------------------------------------------------------------------------


def read_anchors(paths, keys):
    """[(name, anchor)], oldest first; Bad where a signature or their order is wrong."""
    files = [f for p in map(Path, paths) for f in (sorted(p.glob("*.json")) if p.is_dir() else [p])]
    found = []
    for file in files:
        raw = file.read_bytes()
        try:
            anchor = json.loads(raw)
            signature = bytes.fromhex(anchor.pop("signature"))
            key = bytes.fromhex(anchor["public_key"])
            text = json.dumps(anchor, sort_keys=True, separators=(",", ":")).encode()
            good = verify_signature(key, text, signature)
        except (KeyError, TypeError, ValueError, AttributeError):
            good = False
        if not good:
            raise Bad(f"anchor {file.name}: its signature is wrong")
        if keys and anchor["public_key"] not in keys:
            raise Bad(f"anchor {file.name}: signed with another key, {anchor['public_key']}")
        found.append((file.name, anchor, hashlib.sha256(raw).hexdigest()))
    found.sort(key=lambda one: one[1]["made_at"])
    for (_, first, digest), (name, after, _) in itertools.pairwise(found):
        if after["previous"] != digest:
            raise Bad(f"anchor {name}: the anchor before it is missing or changed")
        if not keys and after["public_key"] != first["public_key"]:
            raise Bad(f"anchor {name}: signed with another key than the one before")
    return [(name, anchor) for name, anchor, _ in found]


def heads_of(anchors):
    """(chain, seq) -> (hash, name of the anchor)."""
    heads = {}
    for name, anchor in anchors:
        for chain, (seq, found) in anchor["heads"].items():
            if heads.setdefault((chain, seq), (found, name))[0] != found:
                raise Bad(f"{chain} row {seq}: two anchors differ, the second is {name}")
    return heads


# -- Ed25519, RFC 8032: -x^2 + y^2 = 1 + d x^2 y^2 modulo P; points as (X, Y, Z, T) -------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number, point):
    result = (0, 1, 1, 0)
    while number:
        if number & 1:
            result = add(result, point)
        point = add(point, point)
        number >>= 1
    return result


def point(data):
    """The point of 32 bytes; ValueError where there is none."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if len(data) != 32 or y >= P or (x * x - square) % P or (x == 0 and sign):
        raise ValueError("no point of the curve")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def verify_signature(key, text, signature):
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or s >= L:
        return False
    challenge = hashlib.sha512(signature[:32] + key + text).digest()
    right = add(point(signature[:32]), times(int.from_bytes(challenge, "little") % L, point(key)))
    left = times(s, BASE)
    return all((left[i] * right[2] - right[i] * left[2]) % P == 0 for i in (0, 1))


# -- the command ------------------------------------------------------------------------------


def check(trail_path, anchor_paths, keys):
    """The summary; Bad with the first thing that is wrong."""
    anchors = read_anchors(anchor_paths, keys)
    trail = Trail(heads_of(anchors))
    with open(trail_path, encoding="utf-8", newline="\n") as lines:
        trail.read(lines)
    made = (trail.head or {}).get("made_at", "")
    late = [name for name, anchor in anchors if anchor["made_at"] > made]
    if late:
        raise Bad(f"anchor {late[0]}: made after this export of the trail; export it again")
    said = f"good: {trail.rows} rows in {len(trail.last)} chains"
    if anchors:
        said += f", {len(anchors)} anchors to {anchors[-1][1]['day']}"
        said += f" signed by {anchors[-1][1]['public_key']}"
    else:
        said += ", no anchor given (a chain written anew as a whole is not seen)"
    if trail.gone:
        said += f", {len(trail.gone)} rows redacted"
    if trail.steps_back:
        said += f", the clock stepped back {trail.steps_back} times"
    return said


def main(words):
    keys = {words[i + 1].lower() for i, word in enumerate(words[:-1]) if word == "--key"}
    paths = [w for i, w in enumerate(words) if w != "--key" and (i == 0 or words[i - 1] != "--key")]
    if not paths:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        print(check(paths[0], paths[1:], keys))
    except (Bad, OSError) as wrong:
        print(f"BAD: {wrong}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
