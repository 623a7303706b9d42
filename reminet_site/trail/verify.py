#!/usr/bin/env python3
"""Check an exported audit trail, or a certified copy, against itself and its signatures.

    python3 verify.py TRAIL.jsonl ANCHOR.json ... [--key HEX]
    python3 verify.py COPY.zip ANCHOR.json ... [--key HEX]

Stands alone: the Python standard library (3.10 or newer) and this file. TRAIL is one JSON object
a line, as `manage.py export_trail` writes it; COPY is a certified copy, packed or unpacked; an
ANCHOR is a file of a day, or a folder of them. --key is the public key that the sponsor published:
without it, whoever signed is named, and it is for you to know the name.

What is checked, row by row:
  1. place       the rows of a chain are numbered 1, 2, 3, ... and stand in that order
  2. chain       `previous` is the hash of the row before, 64 zeros at the first
  3. hash        SHA-256 of the row's fields, joined by the unit separator (FIELDS below)
  4. values      each value belongs to its commitment: SHA-256 of salt, unit separator, value;
                 a value that is gone has a row of the act "redact" that says who and why
  5. anchors     signatures (Ed25519, RFC 8032), their own order, and every head that they name
Of a copy besides:
  6. manifest    its signature; no file is missing, changed or added
  7. entries     every value of every entry is the one that its trail wrote last

Exit status 0: all is well, one line says what was read. 1: the first bad row is named.
"""

import functools
import hashlib
import io
import itertools
import json
import re
import sys
import zipfile
import zlib
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

    def __init__(self, anchored, copy=False):
        self.anchored = dict(anchored)  # (chain, seq) -> (hash, name of the anchor)
        self.copy = copy  # it may lack chains, those of other centres
        self.values = {}  # of a copy: (entry, item) -> what it was changed to last
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
        if self.copy and row["relation"] == "crf_entry" and row["item"][:1] != "#":
            self.values[int(row["row_id"]), row["item"]] = row["new"]

    def end(self, heads):
        """After the last row: nothing that was promised is missing."""
        self.ended = True
        for place, text in self.gone.items():
            if place not in self.tombstones:
                raise Bad(f"{text}: a value is gone and no redaction says why")
        for (chain, seq), (_, day) in self.anchored.items():
            if chain in self.last or not self.copy:
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
        anchor = signed(raw, f"anchor {file.name}", keys)
        found.append((file.name, anchor, hashlib.sha256(raw).hexdigest()))
    found.sort(key=lambda one: one[1]["made_at"])
    for (_, first, digest), (name, after, _) in itertools.pairwise(found):
        if after["previous"] != digest:
            raise Bad(f"anchor {name}: the anchor before it is missing or changed")
        if not keys and after["public_key"] != first["public_key"]:
            raise Bad(f"anchor {name}: signed with another key than the one before")
    return [(name, anchor) for name, anchor, _ in found]


def signed(raw, name, keys):
    """The content of a signed file; signed is its JSON without white space, keys in order."""
    try:
        content = json.loads(raw)
        signature = bytes.fromhex(content.pop("signature"))
        key = bytes.fromhex(content["public_key"])
        text = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
        good = verify_signature(key, text, signature)
    except (KeyError, TypeError, ValueError, AttributeError):
        good = False
    if not good:
        raise Bad(f"{name}: its signature is wrong")
    if keys and content["public_key"] not in keys:
        raise Bad(f"{name}: signed with another key, {content['public_key']}")
    return content


def heads_of(anchors):
    """(chain, seq) -> (hash, name of the anchor)."""
    heads = {}
    for name, anchor in anchors:
        for chain, (seq, found) in anchor["heads"].items():
            if heads.setdefault((chain, seq), (found, name))[0] != found:
                raise Bad(f"{chain} row {seq}: two anchors differ, the second is {name}")
    return heads


# -- a certified copy ----------------------------------------------------------------------------


def files_of(path):
    """Path inside the copy -> what opens the file; of a zip, or of the folder that was in it."""
    if path.is_dir():
        found = (f for f in path.rglob("*") if f.is_file())
        return {f.relative_to(path).as_posix(): functools.partial(f.open, "rb") for f in found}
    packed = zipfile.ZipFile(path)
    names = [name for name in packed.namelist() if not name.endswith("/")]
    top = names[0].partition("/")[0] + "/" if names else ""
    if len(set(names)) < len(names) or not all(name.startswith(top) for name in names):
        raise Bad("two files have one name, or one lies outside the folder of the copy")
    return {name[len(top) :]: functools.partial(packed.open, name) for name in names}


def check_files(files, keys):
    """The manifest, where it is signed and every file is the one that it names."""
    if "manifest.json" not in files:
        raise Bad("manifest.json: missing, this is no whole copy")
    with files["manifest.json"]() as file:
        manifest = signed(file.read(), "manifest.json", keys)
    for name, one in manifest["files"].items():
        if name not in files:
            raise Bad(f"{name}: missing")
        found = hashlib.sha256()
        with files[name]() as file:
            while block := file.read(1 << 20):
                found.update(block)
        if found.hexdigest() != one["sha256"]:
            raise Bad(f"{name}: not the file that was signed")
    for name in files.keys() - manifest["files"].keys() - {"manifest.json"}:
        raise Bad(f"{name}: not in the manifest")
    return manifest


def flat(answers):
    """(item, text) of each answer, as the trail names and keeps it."""
    for name, value in answers.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for row in value:
                place = f"{name}[{row['id']}]"
                yield place, "row"
                yield from ((f"{place}.{key}", text_of(row[key])) for key in row if key != "id")
        elif value != []:
            yield name, text_of(value)


def text_of(value):
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def check_entries(lines, values):
    """Every value is the last of its trail, and the trail knows of no other."""
    left = {place: text for place, text in values.items() if text is not None}
    for entry in map(json.loads, lines):
        for item, text in flat(entry["data"] | entry["comments"]):
            if left.pop((entry["entry"], item), None) != text:
                where = f"{entry['participant']} {entry['visit']} {entry['form']} {item}"
                raise Bad(f"{where}: not the value that the trail wrote last")
    for entry, item in left:
        raise Bad(f"entry {entry} {item}: in the trail, and not among the entries")


def check_copy(path, anchor_paths, keys):
    """The summary; Bad with the first thing that is wrong. Anchors count that are older than it."""
    files = files_of(path)
    manifest = check_files(files, keys)
    anchors = [a for a in read_anchors(anchor_paths, keys) if a[1]["made_at"] < manifest["data_at"]]
    trail = Trail(heads_of(anchors), copy=True)
    for name, read in (
        ("trail/trail.jsonl", trail.read),
        ("data/entries.jsonl", lambda lines: check_entries(lines, trail.values)),
    ):
        with files[name]() as file:
            read(io.TextIOWrapper(file, encoding="utf-8", newline="\n"))
    said = f"good: {manifest['copy']} of {', '.join(manifest['centres'])}, {manifest['data_at']}, "
    said += f"{len(files)} files, {trail.rows} rows in {len(trail.last)} chains"
    said += f", {len(trail.gone)} rows redacted, {len(anchors)} anchors"
    said += f", signed by {manifest['public_key']}"
    return said if keys else said + "; no --key was given: is that the sponsor's?"


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
    if zipfile.is_zipfile(trail_path) or Path(trail_path).is_dir():
        return check_copy(Path(trail_path), anchor_paths, keys)
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
    except (Bad, OSError, zipfile.BadZipFile, zlib.error) as wrong:
        print(f"BAD: {wrong}")
        return 1
    except (KeyError, TypeError, ValueError, AttributeError) as wrong:
        print(f"BAD: not readable, {wrong!r}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
