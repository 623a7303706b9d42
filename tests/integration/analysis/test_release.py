"""A release: every row of the database in its file, blind, the same bytes, each download kept."""

import csv
import hashlib
import io
import json
import subprocess
import zipfile

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from rest_framework.authtoken.models import Token

from analysis import actions, cuts, tasks, tasks_unblinded
from analysis.models import Release, ReleaseDownload, ReleaseState
from analysis.release import bundle, codebook, make
from analysis.release.bundle import answers
from analysis.release.layout import Column, Table
from analysis.release.make import path_of
from crf import study
from crf.models import Entry
from reminet_site import build, defects
from reminet_site.context import Actor, acting
from reminet_site.errors import Refusal
from reminet_site.roles import Role, Verb
from reminet_site.spreadsheet import neutral
from tests import people
from tests.conftest import ROOT
from tests.integration.analysis import trial
from tests.integration.analysis.conftest import actor
from tests.unit.definition.conftest import item as an_item

pytestmark = pytest.mark.django_db


def asked(blind: bool = True) -> Release:
    by = actor(Role.TRIAL_STATISTICIAN, Verb.MAKE_RELEASE)
    with acting(by):
        return actions.ask_release(note="test", blind=blind, by=by)


@pytest.fixture
def made(built, sent) -> Release:
    release = asked()
    ((task, (pk,)),) = sent
    assert task == "analysis.tasks.make_release"
    tasks.make_release(pk)
    return Release.objects.get(pk=release.pk)


def files(release: Release) -> dict[str, bytes]:
    with zipfile.ZipFile(path_of(release)) as packed:
        return {name.split("/", 1)[1]: packed.read(name) for name in packed.namelist()}


def rows(text: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.decode())))


def test_every_file_is_counted_and_hashed(made):
    assert made.state == ReleaseState.DONE
    found = files(made)
    manifest = json.loads(found["manifest.json"])
    assert manifest["blind"] is True
    listed = {one["name"]: one for one in manifest["files"]}
    assert set(found) - set(listed) == {"manifest.json", "README.txt", "SHA256SUMS"}
    for name, one in listed.items():
        assert hashlib.sha256(found[name]).hexdigest() == one["sha256"]
        assert len(rows(found[name])) == one["rows"]
        assert one["rows_in_database"] in (one["rows"], None)
    assert listed["recist.csv"]["rows"] == 12
    assert listed["recist_targets.csv"]["rows"] == 22
    assert listed["participants.csv"]["rows"] == 6
    assert hashlib.sha256(path_of(made).read_bytes()).hexdigest() == made.sha256
    for line in found["SHA256SUMS"].decode().splitlines():
        sha256, name = line.split("  ")
        assert hashlib.sha256(found[name]).hexdigest() == sha256


@pytest.mark.promise("VA-02")
@pytest.mark.promise("VA-05")
def test_it_names_its_build_and_lists_what_is_known_to_be_wrong_with_it(made, signed):
    found = files(made)
    manifest = json.loads(found["manifest.json"])
    commit = subprocess.run(
        ["git", "-C", str(ROOT), "rev-parse", "HEAD"], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert manifest["build"] == build.identity().as_json()
    assert manifest["build"]["commit"] == commit
    address = reverse("analysis:release_download", args=[made.pk])
    response = signed(Role.TRIAL_STATISTICIAN).get(address)
    assert response["X-Build"].removesuffix(build.MODIFIED) == commit
    listed = rows(found["known_defects.csv"])
    assert [row["id"] for row in listed] == [one.id for one in defects.known()]
    assert all(row["risk"] in defects.RISKS and row["note"] for row in listed)


def test_codes_have_labels_and_missing_values_a_reason(made):
    (first, *_) = rows(files(made)["tumour.csv"])
    assert (first["grade"], first["grade_label"]) == ("G2", "G2")
    assert (first["metastases"], first["metastases_label"]) == ("liver|bone", "Liver; Bone")
    assert (first["ki67"], first["ki67_missing"]) == ("", "not_done")


def test_a_result_beyond_what_is_measured_has_its_limit_and_its_sign():
    one = an_item("ast", "integer", beyond=("<", ">"))
    table = Table("LAB", "", "Laboratory", (Column(one), Column(an_item("sodium", "integer"))))
    assert table.header[-5:] == ("ast", "ast_beyond", "ast_missing", "sodium", "sodium_missing")
    assert answers(table, {"ast": "<5", "sodium": 140}) == ["5", "<", "", "140", ""]
    assert answers(table, {"ast": 12}) == ["12", "", "", "", ""]
    missing = {"missing": "not_done"}
    found = answers(table, {"ast": missing, "sodium": missing})
    assert found == ["", "", "not_done", "", "not_done"]


@pytest.mark.promise("PR-07")
@pytest.mark.promise("BL-01")
def test_free_text_is_left_out_of_a_blind_release(made):
    """No text that somebody wrote, in no file; the manifest names each item that is left out."""
    found = files(made)
    assert b"=Diarrhoea" not in b"".join(found.values())
    manifest = json.loads(found["manifest.json"])
    left = {(one["form"], one["item"]) for one in manifest["left_out"]}
    definition = study.current().definition
    texts = {
        (form.name, name)
        for form in definition.forms
        for name, item in [(i.name, i) for i in form.items]
        + [(f"{g.name}.{i.name}", i) for g in form.groups for i in g.items]
        if item.type == "text" and not item.dictionary and not item.expr.startswith("soc(")
    }
    assert left == texts | {("central_readings", "comment")}
    assert {("RECIST_BASE", "targets.site"), ("RECIST", "targets.site")} <= left
    assert not {("AE", "term"), ("AE", "soc")} & left
    assert manifest["free_text"] == "left out"
    for form, item in left:
        header = next(csv.reader(io.StringIO(found[file_of(form, item)].decode())))
        assert item.rpartition(".")[2] not in header
    assert "left out" in found["README.txt"].decode()


@pytest.mark.parametrize(
    ("term", "cell", "why"),
    [
        ("Diarrhea", "Diarrhea", ""),
        ("Loose stools since lanreotide", "", "withheld"),
        ({"missing": "unknown"}, "", "unknown"),
    ],
)
def test_of_an_item_with_a_dictionary_a_blind_release_keeps_the_terms(built, sent, term, cell, why):
    with acting(trial.TESTS):
        event = Entry.objects.get(form="AE")
    trial.change(event, term=term, soc="Gastrointestinal disorders")
    asked()
    tasks.make_release(sent[0][1][0])
    found = files(Release.objects.get())
    [row] = rows(found["ae.csv"])
    assert (row["term"], row["term_missing"]) == (cell, why)
    assert row["soc"] == "Gastrointestinal disorders"
    assert b"lanreotide" not in found["ae.csv"]


def test_the_codebook_gives_each_column_what_may_stand_in_it(made):
    book = {(one["file"], one["column"]): one for one in rows(files(made)["codebook.csv"])}
    grade = book["ae.csv", "grade"]
    assert grade["codes"].startswith("1=1, mild|")
    assert book["ae.csv", "grade_label"]["codes"] == ""
    assert "not_done" in book["vitals.csv", "ecg_missing"]["codes"].split("|")
    assert "withheld" in book["ae.csv", "term_missing"]["codes"].split("|")
    assert book["vitals.csv", "weight"]["unit"] == "kg"
    assert book["vitals.csv", "weight_missing"]["unit"] == ""
    beyond = [one for (_, name), one in book.items() if name.endswith("_beyond")]
    assert beyond
    assert all(one["codes"] for one in beyond)


def file_of(form, item):
    group = item.rpartition(".")[0]
    return f"{form}_{group}.csv".lower() if group else f"{form}.csv".lower()


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd", "'+cmd"),
        ("@x", "'@x"),
        ("-5.0", "-5.0"),
        ("-x", "'-x"),
        ("\tx", "'\tx"),
        ("plain", "plain"),
    ],
)
def test_cells(text, cell):
    assert neutral(text) == cell


def test_endpoints_name_their_rule_and_entries(made):
    first = rows(files(made)["participants.csv"])[0]
    assert (first["pfs_days"], first["pfs_event"]) == ("273", "1")
    assert first["pfs_rule"] == "event: first RECIST 1.1 progression"
    assert first["pfs_sources"].startswith("RECIST ASM-09 #1 (entry ")
    assert (first["overall_survival_days"], first["six_months"]) == ("500", "success")


def test_the_codebook_explains_every_column(made):
    found = files(made)
    explained = {(row["file"], row["column"]) for row in rows(found["codebook.csv"])}
    for name, text in found.items():
        if name.endswith(".csv") and name != "codebook.csv":
            header = next(csv.reader(io.StringIO(text.decode())))
            assert {(name, column) for column in header} <= explained


def test_the_codebook_says_each_column_in_both_languages_whoever_asks(made):
    with translation.override("fr"):
        written = list(codebook.rows([], by_arm=True, blind=False))
    assert [row[6] for row in written] == [
        row[6] for row in codebook.rows([], by_arm=True, blind=False)
    ]
    found = rows(files(made)["codebook.csv"])
    assert [row["column"] for row in found if not (row["label_en"] and row["label_fr"])] == []
    days = next(row for row in found if row["column"] == "pfs_days")
    assert days["label_en"] == "Progression-free survival, days since randomisation"
    assert days["label_fr"] == "Survie sans progression, jours depuis la randomisation"
    [status] = [row["label_fr"] for row in found if row["column"] == "six_months"]
    assert "success" in status


def test_the_same_cut_gives_the_same_bytes(made, monkeypatch):
    monkeypatch.setattr(make, "tell", lambda *_: None)
    written = []
    for _ in range(2):
        folder = make.folder() / f"again{len(written)}"
        folder.mkdir()
        make.write(made, made.snapshot, folder, None)
        bundle.pack(folder, folder.with_suffix(".zip"), made.name)
        written.append(folder.with_suffix(".zip").read_bytes())
    assert written[0] == written[1] == path_of(made).read_bytes()


def test_a_release_delivered_twice_is_made_once(made):
    before = (made.sha256, made.finished_at, path_of(made).stat().st_mtime_ns)
    tasks.make_release(made.pk)
    again = Release.objects.get(pk=made.pk)
    assert (again.sha256, again.finished_at, path_of(again).stat().st_mtime_ns) == before


def test_a_lost_row_fails_the_release(built, sent, monkeypatch):
    counted = cuts.counted
    monkeypatch.setattr(cuts, "counted", lambda on: counted(on) | {"RECIST": 13})
    release = asked()
    tasks.make_release(release.pk)
    release.refresh_from_db()
    assert release.state == ReleaseState.FAILED
    assert "recist.csv" in release.problem
    assert not path_of(release).exists()


def test_the_blind_release_has_no_arm(made, arms):
    everything = b"".join(files(made).values())
    assert b"LAN" not in everything
    assert b"PBO" not in everything


def test_no_release_by_arm_while_the_blind_is_closed(built, sent):
    by = actor(Role.TRIAL_STATISTICIAN, Verb.MAKE_RELEASE)
    with acting(by), pytest.raises(Refusal, match="not locked"), transaction.atomic():
        actions.ask_release(note="x", blind=False, by=by)


def test_the_twin_by_arm_after_the_opening(opened, arms, sent):
    release = asked(blind=False)
    assert sent[-1] == ("analysis.tasks_unblinded.make_release", (release.pk,))
    tasks.make_release(release.pk)  # a blind worker makes nothing of it
    assert Release.objects.get(pk=release.pk).state == ReleaseState.WAITING
    tasks_unblinded.make_release(release.pk)
    release.refresh_from_db()
    assert release.state == ReleaseState.DONE
    everything = files(release)
    found = rows(everything["participants.csv"])
    assert [row["arm"] for row in found] == ["LAN"] * 3 + ["PBO"] * 3
    manifest = json.loads(everything["manifest.json"])
    assert (manifest["free_text"], manifest["left_out"]) == ("as it was written", [])
    (event,) = rows(everything["ae.csv"])
    assert event["term"] == "'=Diarrhoea"  # a formula is made harmless
    codes = {(row["file"], row["column"]): row["codes"] for row in rows(everything["codebook.csv"])}
    assert codes["ae.csv", "term"] == "dictionary ctcae"


def test_a_download_is_on_record(made, signed):
    client = signed(Role.DATA_MANAGER)
    answer = client.get(reverse("analysis:release_download", args=[made.pk]))
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == path_of(made).read_bytes()
    kept = ReleaseDownload.objects.get()
    assert (kept.by.name, kept.way) == ("Data manager", "browser")


def test_a_release_by_arm_answers_the_data_manager_like_none(opened, arms, sent, signed):
    release = asked(blind=False)
    tasks_unblinded.make_release(release.pk)
    client = signed(Role.DATA_MANAGER)
    for name in ("release", "release_download"):
        assert client.get(reverse(f"analysis:{name}", args=[release.pk])).status_code == 404
    assert release.name not in client.get(reverse("analysis:releases")).content.decode()
    assert client.get(reverse("analysis:api_release", args=[release.name])).status_code == 404
    assert client.get(reverse("analysis:api_releases")).json() == []


def test_the_api_hands_it_over_with_a_token(made, client):
    user = people.person(Role.TRIAL_STATISTICIAN)
    header = {"Authorization": f"Token {Token.objects.create(user=user).key}"}
    listed = client.get(reverse("analysis:api_releases"), headers=header).json()
    assert [one["name"] for one in listed] == [made.name]
    one = client.get(reverse("analysis:api_release", args=[made.name]), headers=header).json()
    assert one["manifest"]["cut"]["sha256"] == made.snapshot.sha256
    answer = client.get(reverse("analysis:api_release_file", args=[made.name]), headers=header)
    assert b"".join(answer.streaming_content) == path_of(made).read_bytes()
    assert ReleaseDownload.objects.get().way == "api"


def test_the_api_refuses_without_a_token_and_without_the_right(made, client):
    address = reverse("analysis:api_release_file", args=[made.name])
    assert client.get(address).status_code == 401
    bad = {"Authorization": "Token " + "0" * 40}
    assert client.get(address, headers=bad).status_code == 401
    user = people.person(Role.SPONSOR_MANAGER)
    header = {"Authorization": f"Token {Token.objects.create(user=user).key}"}
    assert client.get(address, headers=header).status_code == 403
    assert not ReleaseDownload.objects.exists()


def test_it_lists_the_protocol_deviations_at_the_cut(built, sent):
    confirmed = {"start_date:during_treatment": {"value": "x", "comment": "Mr Smith asked"}}
    with acting(Actor.system("tests")):
        entry = Entry.objects.get(form="NEXT")
        Entry.objects.filter(pk=entry.pk).update(comments=confirmed)
    release = asked()
    tasks.make_release(release.pk)
    text = files(release)["deviations.csv"]
    found = {(row["participant"], row["kind"], row["visit"]): row for row in rows(text)}
    assert set(found) >= {
        ("FR-05-001", "missed", "INJ-10"),
        ("FR-05-001", "missed", "FU-01"),
        ("FR-05-005", "missed", "INJ-02"),
    }
    assert [one for one in found if one[1] != "missed"] == [("FR-05-004", "told", "LOG")]
    told = found["FR-05-004", "told", "LOG"]
    assert (told["form"], told["held_on"]) == ("NEXT", str(entry.visit_date))
    assert told["what"].startswith("Other anti-tumour treatment")
    assert b"Smith" not in text
