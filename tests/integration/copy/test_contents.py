"""What is in a centre's copy, and what is not."""

import csv
import json
import re

import pytest
from django.apps import apps

from analysis.copy.files import rows
from analysis.copy.places import TABLES
from tests.integration.copy.conftest import DRAFTED, NAME_TYPED, THEIRS

# Models with a centre that are in no copy, and why.
LEFT_OUT = {
    "crf.draft": "not data",
    "crf.entry": "entries.jsonl and versions.jsonl",
    "reminet_site.certifiedcopy": "the record of the copies themselves",
    "reminet_site.redaction": "redactions.jsonl, from the trail",
}


@pytest.mark.promise("DI-09")
def test_every_row_of_the_database_is_in_it(made):
    contents = made.written.contents
    assert contents.differences == []
    assert contents.rows == contents.counted
    assert contents.rows["data/entries.jsonl"] == len(made.expected) > 20
    assert contents.rows["data/versions.jsonl"] == len(made.expected) + 4
    assert contents.rows["data/queries.jsonl"] == 1
    assert contents.rows["data/redactions.jsonl"] == 2


@pytest.mark.promise("DI-09")
def test_entries_are_as_they_stand(made):
    found = {one["entry"]: one["data"] for one in rows(made.folder / "data/entries.jsonl")}
    assert found == made.expected


@pytest.mark.promise("DI-09")
def test_every_version_is_rebuilt_from_the_trail(made):
    versions = [
        one
        for one in rows(made.folder / "data/versions.jsonl")
        if (one["participant"], one["visit"], one["form"]) == ("FR-05-001", "ASM-03", "RECIST")
    ]
    targets = [[row["id"] for row in one["data"]["targets"]] for one in versions]
    assert targets == [["r1"], ["r1", "r10"], ["r10"]]
    assert [one["data"]["response"] for one in versions] == ["SD", "SD", "PR"]
    assert [one["version"] for one in versions] == [1, 2, 3]
    assert versions[2]["reason"] == "typed wrongly"
    last = {one["entry"]: one for one in rows(made.folder / "data/versions.jsonl")}
    assert {pk: one["data"] for pk, one in last.items()} == made.expected


@pytest.mark.promise("AT-10")
def test_a_redacted_value_is_nowhere_and_its_tombstone_is(made):
    assert not holds(made.folder, NAME_TYPED)
    found = [one for one in rows(made.folder / "data/versions.jsonl") if one["form"] == "AE"]
    terms = [one["data"]["term"] for one in found]
    assert terms == ["=Diarrhoea", {"missing": "redacted"}, "=Diarrhoea"]
    with (made.folder / "data/forms/ae.csv").open(newline="", encoding="utf-8") as file:
        read = list(csv.DictReader(file))
    assert [one["term"] for one in read] == ["'=Diarrhoea", "", "'=Diarrhoea"]
    assert [one["term_missing"] for one in read] == ["", "redacted", ""]
    page = (made.folder / "casebook/FR-05-002.html").read_text() + (
        made.folder / "casebook/FR-05-003.html"
    ).read_text()
    assert "[redacted]" in page
    assert "a name was typed here" in page


@pytest.mark.promise("DI-09")
def test_signatures_are_in_it(made):
    signed = {one["kind"]: one for one in rows(made.folder / "data/signatures.jsonl")}
    assert set(signed) == {"eligibility", "redaction"}
    found = signed["eligibility"]
    assert (found["participant"], found["name"]) == ("FR-05-001", "Principal investigator FR-05")
    assert len(found["sha256"]) == 64
    page = (made.folder / "casebook/FR-05-001.html").read_text()
    assert "I confirm the criteria" in page
    assert found["sha256"] in page


@pytest.mark.promise("DI-09")
def test_drafts_are_not_in_it(made):
    assert not holds(made.folder, DRAFTED)


@pytest.mark.promise("DI-09")
@pytest.mark.promise("AC-02")
@pytest.mark.parametrize("word", THEIRS)
def test_another_centre_is_nowhere_in_it(made, word):
    assert not holds(made.folder, word)


@pytest.mark.promise("BL-02")
def test_how_arms_are_drawn_is_not_in_it(made):
    (path,) = (made.folder / "definitions").iterdir()
    assert "randomisation" not in json.loads(path.read_text())
    assert made.written.manifest["definitions"][0]["left_out"] == ["randomisation"]
    assert not re.search(r'"(LAN|PBO)"|probability|block_sizes', path.read_text())


@pytest.mark.promise("DI-09")
def test_the_casebook_opens_without_network_or_script(made):
    pages = [*made.folder.glob("*.html"), *made.folder.glob("casebook/*.html")]
    assert len(pages) == 4
    for page in pages:
        text = page.read_text()
        assert "<script" not in text
        assert made.folder.name in text
        assert "built-in" not in text
        for address in re.findall(r'(?:href|src)="([^"]+)"', text):
            path, _, anchor = address.partition("#")
            target = page if not path else (page.parent / path)
            assert target.exists(), address
            assert not anchor or f'id="{anchor}"' in target.read_text(), address


def test_the_pdf_is_one_that_a_screen_reader_reads(made):
    raw = (made.folder / "casebook-1.pdf").read_bytes()
    assert raw.startswith(b"%PDF-1.7")
    assert b"<pdfuaid:part>1</pdfuaid:part>" in raw


def test_a_spreadsheet_finds_no_formula(made):
    for path in made.folder.rglob("*.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.reader(file):
                for cell in row:
                    assert not re.match(r"[=+@\t\r]|-(?![\d.]+$)", cell), f"{path.name}: {cell}"


def test_every_model_with_a_centre_is_in_it_or_left_out_on_purpose():
    walled = {
        model._meta.label_lower
        for model in apps.get_models()
        if any(f.name == "centre" for f in model._meta.concrete_fields)
    }
    assert walled == {table.model._meta.label_lower for table in TABLES} | set(LEFT_OUT)


def holds(folder, word):
    return [
        path.name
        for path in folder.rglob("*")
        if path.is_file() and word.encode() in path.read_bytes()
    ]
