"""The list of edit checks: whole, hashed; a mutated check is seen by hash and by test."""

import csv
import io
from dataclasses import replace

import pytest
from django.core.management import call_command

from crf.definition.checks import checks_sha256, edit_checks
from tests.unit.definition.test_reminet_checks import made
from tests.unit.definition.test_reminet_limits import LIMITS, names

pytestmark = pytest.mark.promise("VA-03")
SAID = [(form, around, said, check) for form, around, _, said, check in LIMITS if said is not None]


def mutated(definition, form, name, **changes):
    """The definition with one check of one form changed."""
    old = definition.form(form)
    checks = tuple(replace(c, **changes) if c.name == name else c for c in old.checks)
    forms = tuple(replace(f, checks=checks) if f is old else f for f in definition.forms)
    return replace(definition, forms=forms)


def test_every_check_and_every_limit_is_on_the_list(reminet):
    listed = {(one.form, one.name) for one in edit_checks(reminet)}
    for form in reminet.forms:
        assert {(form.name, check.name) for check in form.checks} <= listed
        for item in form.items:
            for word in ("hard", "soft"):
                on = (form.name, f"{item.name}.{word}") in listed
                assert on == (getattr(item, word) is not None)
    assert len(listed) > 100


def test_a_changed_rule_severity_or_sentence_changes_the_hash(reminet):
    before = checks_sha256(edit_checks(reminet))
    assert before == checks_sha256(edit_checks(reminet))
    for changes in ({"must": "sbp > 0"}, {"severity": "soft"}):
        other = mutated(reminet, "VITALS", "pressures", **changes)
        assert checks_sha256(edit_checks(other)) != before
        assert other.sha256 != reminet.sha256


@pytest.mark.parametrize(("form", "around", "said", "check"), SAID, ids=str)
def test_a_check_that_is_mutated_fails_its_test_at_the_limit(reminet, form, around, said, check):
    """Whatever the rule is turned into, the value at which it must speak finds it silent."""
    kept = next(one for one in reminet.form(form).checks if one.name == check)
    silent = {"must": "1 == 1"} if kept.must else {"fires_if": "1 == 2"}
    other = mutated(reminet, form, check, **silent)
    assert check in names(made(reminet, form, said, **around))
    assert check not in names(made(other, form, said, **around))


def test_the_list_as_a_file(reminet, capsys):
    call_command("definition", "checks")
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [(row["form"], row["name"]) for row in rows] == [
        (one.form, one.name) for one in edit_checks(reminet)
    ]


def test_two_definitions_are_compared_line_by_line(folder, tmp_path, capsys):
    import shutil

    other = tmp_path / "reminet"
    shutil.copytree(folder, other)
    path = other / "forms" / "vitals.yaml"
    path.write_text(path.read_text().replace("dbp < sbp", "dbp <= sbp"))
    with pytest.raises(SystemExit):
        call_command("definition", "compare", str(folder), str(other))
    lines = [line for line in capsys.readouterr().out.splitlines() if "dbp <" in line]
    assert [line[0] for line in lines] == ["-", "+"]
    call_command("definition", "compare", str(folder), str(folder))
    assert "The same." in capsys.readouterr().out
