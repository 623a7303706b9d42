"""The verifier is content with a copy as it was made, and red on every kind of tampering."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from django.test import override_settings

from reminet_site.trail import anchor, verify
from tests.integration.copy.conftest import said_of

pytestmark = [pytest.mark.promise("DI-09"), pytest.mark.promise("AT-03")]
FORGED_KEY = bytes(range(1, 33))


def test_the_zip_is_good(made):
    done = subprocess.run(
        [sys.executable, "-I", verify.__file__, made.zip, made.anchors, "--key", made.key],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("good: REMINET-FR-05-1 of FR-05")
    assert "2 rows redacted, 1 anchors" in done.stdout


def test_unpacked_it_is_good_too(made, mine):
    assert said_of(mine, str(made.anchors)) == ""


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("data/forms/recist.csv", ",SD,", ",PR,"),
        ("data/entries.jsonl", '"SD"', '"PR"'),
        ("trail/trail.jsonl", '"new":"SD"', '"new":"PR"'),
        ("casebook/FR-05-001.html", "SD, stable", "PR, stable"),
        ("README.txt", "complete", "entire"),
        ("verify.py", "Bad", "Fad"),
        ("definitions/1.0-*.json", "REMINET", "REMINED"),
        ("manifest.json", '"rows": ', '"rows": 1'),
    ],
)
def test_an_edited_file(mine, name, old, new):
    (path,) = mine.glob(name)
    replace(path, old, new)
    said = said_of(mine)
    expected = "its signature is wrong" if name == "manifest.json" else "not the file that was"
    assert expected in said
    assert path.name in said


def test_an_edited_pdf(mine):
    path = mine / "casebook-1.pdf"
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    assert "casebook-1.pdf: not the file that was signed" in said_of(mine)


@pytest.mark.parametrize(
    "name", ["data/versions.csv", "casebook/FR-05-001.html", "trail/trail.jsonl", "manifest.json"]
)
def test_a_dropped_file(mine, name):
    (mine / name).unlink()
    assert f"{name}: missing" in said_of(mine)


def test_an_added_file(mine):
    (mine / "casebook" / "FR-05-009.html").write_text("nobody")
    assert "FR-05-009.html: not in the manifest" in said_of(mine)


@pytest.mark.parametrize("name", ["data/participants.csv", "data/entries.jsonl"])
def test_a_dropped_row(mine, name):
    lines = (mine / name).read_text().splitlines(keepends=True)
    (mine / name).write_text("".join(lines[:-1]))
    assert f"{name}: not the file" in said_of(mine)


def test_two_files_exchanged(mine):
    one, other = mine / "casebook/FR-05-001.html", mine / "casebook/FR-05-002.html"
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    assert "FR-05-001.html: not the file" in said_of(mine)


def signed_anew(folder: Path, key: bytes | None = None) -> None:
    """The manifest of what lies there now, signed with this key or the service's."""
    import hashlib

    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["signature"]
    for name, one in manifest["files"].items():
        one["sha256"] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    with override_settings(**({"ANCHOR_KEY": key} if key else {})):
        manifest["public_key"] = anchor.public_key()
        (folder / "manifest.json").write_bytes(anchor.signed(manifest))


def test_a_forged_manifest(made, mine):
    """Everything fits, but for the one who signed."""
    replace(mine / "README.txt", "complete", "entire")
    signed_anew(mine, FORGED_KEY)
    assert "signed with another key" in said_of(mine)
    said = verify.check(mine, [], set())
    assert "no --key was given" in said
    assert made.key not in said


def test_an_entry_that_its_trail_did_not_write(mine):
    """Even signed by the service itself: a value changed behind the trail shows."""
    replace(mine / "data/entries.jsonl", '"response": "SD"', '"response": "PR"')
    signed_anew(mine)
    assert "RECIST response: not the value that the trail wrote last" in said_of(mine)


def test_an_entry_taken_away_with_its_hash_mended(mine):
    path = mine / "data/entries.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))
    signed_anew(mine)
    assert "in the trail, and not among the entries" in said_of(mine)


def test_a_chain_written_anew_with_its_manifest_is_found_by_an_anchor(made, mine):
    rewrite(mine / "trail/trail.jsonl")
    signed_anew(mine)
    assert "written anew" in said_of(mine, str(made.anchors))


def rewrite(path: Path) -> None:
    """A reason edited, and every hash of its chain after it."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    row = next(one for one in lines if one.get("reason") == "typed wrongly")
    row["reason"] = "read again"
    before = {}
    for one in lines:
        if "chain" in one:
            one["previous"] = before.get(one["chain"], verify.START)
            one["hash"] = before[one["chain"]] = verify.sha256(verify.canonical(one))
        if "heads" in one:
            one["heads"] = {c: [n, before[c]] for c, (n, _) in one["heads"].items()}
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lines))


def test_a_zip_with_two_files_of_one_name(made, tmp_path):
    path = tmp_path / "twice.zip"
    path.write_bytes(made.zip.read_bytes())
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as packed:
        packed.writestr(f"{made.folder.name}/README.txt", "another")
    assert "two files have one name" in said_of(path)


def test_a_zip_that_was_cut(made, tmp_path):
    path = tmp_path / "cut.zip"
    path.write_bytes(made.zip.read_bytes()[:-100])
    assert verify.main([str(path)]) == 1
