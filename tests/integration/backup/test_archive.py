"""The archive, read with the standard library alone, against the database; and brought to life."""

import csv
import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from hashlib import sha256
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import override_settings

from analysis.archive import make
from crf import actions_queries, study
from crf.actions import save_entry
from crf.models import Entry, Participant
from randomisation import readings
from reminet_site.backup import restore
from reminet_site.context import acting
from reminet_site.errors import Refusal
from reminet_site.models import Grant
from reminet_site.trail import anchor, reads, verify
from reminet_site.trail.search import Search
from tests.allocations import SYSTEM
from tests.integration.backup.conftest import asked, empty_machine

ODM = "{http://www.cdisc.org/ns/odm/v1.3}"
SCHEMA = Path(__file__).parents[4] / "shared/reference/odm132_schema/ODM1-3-2.xsd"


@pytest.fixture(scope="module")
def archive(trial, tmp_path_factory, django_db_blocker):
    into = tmp_path_factory.mktemp("archive")
    with django_db_blocker.unblock(), override_settings(DATA_DIR=trial[1]):
        call_command("archive", "--to", str(into), "--same-host")
    [folder] = into.iterdir()
    return folder


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def rows(database: str, sql: str) -> list[str]:
    return [row[0] for row in asked(database, sql)]


@pytest.mark.slow
@pytest.mark.promise("BK-06")
def test_every_file_is_in_the_signed_manifest_and_in_an_open_format(archive):
    said = json.loads((archive / "manifest.json").read_bytes())
    signature = bytes.fromhex(said.pop("signature"))
    text = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
    assert verify.verify_signature(bytes.fromhex(anchor.public_key()), text, signature)
    there = {
        path.relative_to(archive).as_posix(): path
        for path in archive.rglob("*")
        if (path.is_file() and path.name != "manifest.json") or path.parent.name == "copy"
    }
    there = {name: path for name, path in there.items() if path.is_file()}
    assert set(said["files"]) == set(there)
    for name, facts in said["files"].items():
        assert sha256(there[name].read_bytes()).hexdigest() == facts["sha256"]
    kinds = {Path(name).suffix for name in there}
    # .backup is the one file that needs the service; releases are as they were made
    assert kinds <= {
        ".json", ".jsonl", ".csv", ".txt", ".html", ".css", ".pdf", ".xml", ".py", ".zip", ".backup"
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.promise("BK-06")
def test_entries_queries_people_and_trail_are_the_databases(archive, trial):
    database = trial[0]
    entries = lines(archive / "copy/data/entries.jsonl")
    found = {row["entry"]: row["data"] for row in entries}
    assert found == dict(asked(database, "SELECT id, data FROM crf_entry"))
    assert len(found) > 20
    versions = lines(archive / "copy/data/versions.jsonl")
    assert len(versions) == rows(database, "SELECT sum(version)::int FROM crf_entry")[0]
    queries = lines(archive / "copy/data/queries.jsonl")
    assert len(queries) == rows(database, "SELECT count(*) FROM crf_dataquery")[0] > 0
    for name in ("reminet_site_user", "reminet_site_grant", "reminet_site_securityevent"):
        kept = lines(archive / f"tables/{name}.jsonl")
        assert [row["id"] for row in kept] == rows(database, f"SELECT id FROM {name} ORDER BY id")
        with (archive / f"tables/{name}.csv").open(newline="") as sheet:
            assert len(list(csv.reader(sheet))) == len(kept) + 1
    assert "password" not in lines(archive / "tables/reminet_site_user.jsonl")[0]
    # the trail by the archive's own verifier, with the archive's own anchors
    words = ["copy/trail/trail.jsonl", "anchors", "--key", anchor.public_key()]
    done = subprocess.run(
        [sys.executable, "-I", "copy/verify.py", *words],
        cwd=archive, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "1 anchors" in done.stdout


@pytest.mark.slow
@pytest.mark.promise("BK-06")
def test_edit_checks_are_there_as_text_to_be_read_and_to_be_run(archive):
    definition = study.current().definition
    [text] = (archive / "definitions").iterdir()
    for form in definition.forms:
        for check in form.checks:
            assert f"check {check.name} " in text.read_text()
            assert check.sentence.en in text.read_text()
    [canonical] = (archive / "copy/definitions").glob("*.json")
    assert sha256(canonical.read_bytes()).hexdigest() == definition.sha256


@pytest.mark.slow
@pytest.mark.promise("BK-06")
def test_the_odm_file_holds_every_answer(archive):
    answers = set()
    for subject in ET.parse(archive / "odm.xml").getroot().iter(f"{ODM}SubjectData"):
        for event in subject.iter(f"{ODM}StudyEventData"):
            visit = event.get("StudyEventOID").removeprefix("SE.")
            if event.get("StudyEventRepeatKey"):
                visit += "-" + event.get("StudyEventRepeatKey")
            for form in event.iter(f"{ODM}FormData"):
                for item in form.iter(f"{ODM}ItemData"):
                    answers.add(
                        (subject.get("SubjectKey"), visit, item.get("ItemOID"), item.get("Value"))
                    )
    expected = 0
    for row in lines(archive / "copy/data/entries.jsonl"):
        for name, value in row["data"].items():
            if isinstance(value, str):
                place = (row["participant"], row["visit"], f"I.{row['form']}.{name}", value)
                assert place in answers
                expected += 1
    assert expected > 60


@pytest.mark.slow
@pytest.mark.promise("BK-06")
def test_the_odm_file_is_valid(archive):
    etree = pytest.importorskip("lxml.etree")
    if not SCHEMA.exists():
        pytest.skip("the schema's folder is absent")
    etree.XMLSchema(etree.parse(str(SCHEMA))).assertValid(etree.parse(str(archive / "odm.xml")))


@pytest.mark.slow
@pytest.mark.promise("BK-06")
def test_no_arm_is_readable_before_the_blind_is_opened(archive):
    assert not (archive / "arms.csv").exists()
    assert not (archive / "readings.csv").exists()
    kits = lines(archive / "copy/data/kits.jsonl")
    assert kits
    assert all("arm" not in kit and "content" not in kit for kit in kits)


@pytest.mark.slow
def test_after_the_opening_arms_are_a_file_and_need_the_key(trial, tmp_path):
    with pytest.raises(Refusal, match="VAULT_KEY"), override_settings(VAULT_KEY=b""):
        make.arms(tmp_path / "arms.csv")
    make.arms(tmp_path / "arms.csv")
    with (tmp_path / "arms.csv").open(newline="") as file:
        found = list(csv.reader(file))
    assert [number for number, _ in found[1:]] == ["R-0001", "R-0002", "R-0003"]
    assert {arm for _, arm in found[1:]} <= {"LAN", "PBO"}
    with acting(SYSTEM):
        kept = list(csv.DictReader(readings.as_csv().splitlines()))
    assert kept[0]["door"] == "table", "the log that is archived has this reading too"


@pytest.mark.slow
@pytest.mark.promise("BK-06")
def test_from_the_archive_alone_the_service_lives_again(archive, tmp_path, trial):
    [backup] = (archive / "backup").glob("*.backup")
    with empty_machine(tmp_path / "files"):
        restore.restore(backup)
        with acting(SYSTEM):
            assert Entry.objects.count() == len(lines(archive / "copy/data/entries.jsonl"))
            assert Grant.objects.exists()
            who = Participant.objects.select_related("centre").get(code="FR-05-001")
            # the trail is searched
            found = list(reads.every_row(Search.of({"participant": "FR-05-101"})))
            assert len(found) > 10
        # an edit check refuses, a query is asked
        raw = {"signed": ["yes"], "consent_date": ["2999-01-01"], "copy_given": ["yes"]}
        place = {"participant": who, "visit": "SCR", "form": "CONSENT"}
        with pytest.raises(Refusal), acting(SYSTEM):
            save_entry(**place, raw=raw, version=0, by=SYSTEM)
        with acting(SYSTEM):
            text = "Is it signed?"
            asked_again = actions_queries.raise_query(
                **place, number=1, item="signed", text=text, by=SYSTEM
            )
            assert asked_again.pk
        connections["default"].close()


def test_the_own_disk_is_refused(tmp_path, clone):
    with pytest.raises(CommandError, match="same file system"):
        call_command("archive", "--to", str(tmp_path))
    assert not list(tmp_path.iterdir())
