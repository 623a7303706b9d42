"""The export and the daily anchor: whole, signed, sent, on record, and never written over."""

import json

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from reminet_site.context import Actor
from reminet_site.errors import Refusal
from reminet_site.roles import Role, Verb
from reminet_site.trail import anchor, export, tasks
from tests import people


@pytest.mark.promise("AT-07")
def test_the_export_has_every_row_and_is_on_record(trail, tmp_path):
    (rows,) = trail.ask("SELECT count(*) FROM audit.trail")[0]
    path = tmp_path / "whole.jsonl"
    call_command("export_trail", str(path), "--by", "auditor@example.org", verbosity=0)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(lines) == rows + 2
    assert lines[0]["format"] == "reminet trail 1"
    assert trail.chain in lines[-1]["heads"]
    ((actor, role, detail),) = trail.ask(
        "SELECT t.actor, t.role, t.new FROM audit.trail t WHERE t.act = 'export'"
    )
    assert (actor, role) == ("Auditor", "auditor")
    assert detail.startswith(f"{rows} rows, SHA-256 ")


def test_the_export_is_written_in_batches(trail, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "BATCH", 3)
    assert trail.verify().status == 0


def test_the_whole_trail_is_not_for_one_centre(trail, tmp_path):
    local = people.person(Role.PRINCIPAL_INVESTIGATOR, people.centre())
    with pytest.raises(Refusal):
        export.write(path=tmp_path / "x", by=Actor.of(local, Verb.READ_AUDIT))


def test_nobody_without_the_right_exports(trail, tmp_path):
    people.person(Role.TRIAL_STATISTICIAN)
    with pytest.raises(CommandError):
        call_command("export_trail", str(tmp_path / "x"), "--by", "trial_statistician@example.org")


def test_the_anchor_leaves_by_mail_with_its_hash(trail):
    people.person(Role.SPONSOR_MANAGER)
    mail.outbox.clear()
    made = anchor.make()
    (sent,) = mail.outbox
    assert sent.to == ["sponsor_manager@example.org"]
    assert made.sha256 in sent.body
    assert sent.attachments[0][1] in (made.path.read_bytes(), made.path.read_text())


def test_a_second_anchor_of_a_day_is_a_second_file(trail):
    (first,) = anchor.folder().glob("*.json")
    before = first.read_bytes()
    second = anchor.make()
    assert second.path.name == f"{first.stem}.2.json"
    assert first.read_bytes() == before
    assert oct(second.path.stat().st_mode & 0o777) == "0o440"


def test_a_message_delivered_twice_anchors_once(trail):
    tasks.daily_anchor()
    tasks.daily_anchor()
    assert len(list(anchor.folder().glob("*.json"))) == 1


def test_without_a_key_the_command_says_how_to_get_one(trail, settings):
    settings.ANCHOR_KEY = b""
    with pytest.raises(CommandError, match="ANCHOR_KEY is not set"):
        call_command("anchor")
