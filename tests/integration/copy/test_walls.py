"""A copy is read through the wall: what a statement forgets to ask, the database does not give."""

import json

import pytest

from analysis.copy.files import rows
from analysis.copy.read import Reading, read
from analysis.copy.write import write
from reminet_site.context import Actor
from reminet_site.errors import NotAllowed
from reminet_site.roles import Role, Verb
from tests import people
from tests.integration.copy.conftest import THEIRS, said_of
from tests.integration.copy.test_contents import holds

pytestmark = [pytest.mark.promise("DI-09"), pytest.mark.promise("AC-02")]
PEOPLE = {"data/people.jsonl"}  # accounts stand before the wall: filtered by the statement alone


def investigator():
    return Actor.of(people.person(Role.PRINCIPAL_INVESTIGATOR, people.centre()), Verb.TAKE_COPY)


def test_statements_that_ask_for_everything_get_one_centre(made, tmp_path, monkeypatch):
    monkeypatch.setattr(Reading, "rows_of", lambda self, table: table.rows)
    monkeypatch.setattr(Reading, "trail", trail_of_everything)
    read(tmp_path, centres=[people.centre()], by=investigator())
    for path in tmp_path.rglob("*.jsonl"):
        name = path.relative_to(tmp_path).as_posix()
        for row in rows(path):
            text = json.dumps(row)
            assert name in PEOPLE or not [w for w in THEIRS if w in text], f"{name}: {text}"
    assert len(list(rows(tmp_path / "trail/trail.jsonl"))) > 200


def trail_of_everything(self):
    from reminet_site.trail import export

    with (self.folder / "trail/trail.jsonl").open("w", encoding="utf-8") as file:
        for text in export.rows(None):
            file.write(f"{text}\n")


def test_of_two_centres_the_one_that_is_asked_for(made, tmp_path):
    both = tuple(people.centre(code).pk for code in ("FR-05", "FR-11"))
    by = Actor(1, "Somebody", Role.PRINCIPAL_INVESTIGATOR, both)
    read(tmp_path, centres=[people.centre()], by=by)
    assert not [word for word in THEIRS if holds(tmp_path, word)]


def test_a_centre_without_the_right_is_refused(made, tmp_path):
    with pytest.raises(NotAllowed, match="not principal investigator of this centre"):
        read(tmp_path, centres=[people.centre("FR-11", "Narwhal")], by=investigator())
    with pytest.raises(NotAllowed, match="every centre"):
        read(tmp_path, centres=None, by=investigator())
    assert list(tmp_path.iterdir()) == []


def test_the_whole_trial_has_every_chain_and_the_whole_definition(made, tmp_path):
    written = write(tmp_path, name="archive", centres=None, by=Actor.system("archive"))
    assert written.contents.reconciled
    assert said_of(tmp_path, str(made.anchors)) == ""
    heads = list(rows(tmp_path / "trail/trail.jsonl"))[-1]["heads"]
    assert {"deployment", f"centre:{people.centre().pk}"} <= set(heads)
    (path,) = (tmp_path / "definitions").iterdir()
    assert "randomisation" in json.loads(path.read_text())
    assert (
        written.manifest["definitions"][0]["sha256"]
        == written.manifest["files"][f"definitions/{path.name}"]["sha256"]
    )
