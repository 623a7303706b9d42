"""The custodian makes a list at a terminal, checks it again, and the service takes it."""

import json
import stat

import pytest
from django.core.management import CommandError, call_command

from randomisation.arms.role import vault
from reminet_site.context import acting
from tests import allocations, people
from tests.allocations import SYSTEM

pytestmark = [pytest.mark.django_db, pytest.mark.promise("RN-06")]


@pytest.fixture
def listed():
    """A trial by list, stratified by centre and grade; two centres."""
    allocations.scheme(method="list", stratified_by=["centre", "grade"])
    people.centre()
    people.centre("FR-11", "Beaune")


def make(path, **changes):
    asked = {"places": 10, "block_sizes": "2,4"} | changes
    call_command("custody", "make-list", str(path), **asked)


def readings():
    with acting(SYSTEM), vault() as cursor:
        cursor.execute("SELECT what, reason FROM arms.reading ORDER BY id")
        return cursor.fetchall()


def test_made_checked_and_imported(listed, tmp_path, capsys):
    path = tmp_path / "list.csv"
    make(path)
    recipe = json.loads((tmp_path / "list.csv.recipe").read_text())
    assert recipe["strata"] == [
        ["FR-05", "G1"],
        ["FR-05", "G2"],
        ["FR-11", "G1"],
        ["FR-11", "G2"],
    ]
    assert {"seed", "generator", "version", "block_sizes", "ratio", "sha256", "build"} <= set(
        recipe
    )
    call_command("custody", "check-list", str(path))
    assert "Every byte" in capsys.readouterr().out
    call_command("custody", "import-list", str(path), sha256=recipe["sha256"])
    what = f"list {recipe['sha256']}"
    assert readings() == [(what, "made"), (what, "made again"), (what, "import")]
    for name in ("list.csv", "list.csv.recipe"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_two_lists_have_two_seeds(listed, tmp_path):
    seeds = set()
    for name in ("one.csv", "two.csv"):
        make(tmp_path / name)
        seeds.add(json.loads((tmp_path / f"{name}.recipe").read_text())["seed"])
    assert len(seeds) == 2
    assert (tmp_path / "one.csv").read_bytes() != (tmp_path / "two.csv").read_bytes()


@pytest.mark.parametrize(
    ("name", "value"),
    [("seed", "ab" * 32), ("block_sizes", [2, 6]), ("places", 12), ("arms", ["PBO", "LAN"])],
)
def test_a_recipe_with_one_parameter_changed_is_found(listed, tmp_path, name, value):
    path = tmp_path / "list.csv"
    make(path)
    recipe = tmp_path / "list.csv.recipe"
    recipe.write_text(json.dumps(json.loads(recipe.read_text()) | {name: value}))
    with pytest.raises(CommandError, match="does not follow from its recipe"):
        call_command("custody", "check-list", str(path))


def test_a_list_is_never_written_over(listed, tmp_path):
    path = tmp_path / "list.csv"
    make(path)
    before = path.read_bytes()
    with pytest.raises(CommandError, match="never written over"):
        make(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"block_sizes": "four"}, "Give the block sizes as 4,6"),
        ({"block_sizes": "4"}, "two different block sizes"),
        ({"block_sizes": "3,4"}, "multiple of 2"),
        ({"places": 0}, "between 1 and"),
    ],
)
def test_bad_parameters_get_a_sentence_and_leave_no_file(listed, tmp_path, changes, says):
    with pytest.raises(CommandError, match=says):
        make(tmp_path / "list.csv", **changes)
    assert list(tmp_path.glob("list*")) == []


def test_a_scheme_by_minimisation_takes_no_list(tmp_path):
    allocations.scheme()
    with pytest.raises(CommandError, match="takes no list"):
        make(tmp_path / "list.csv")


def test_a_missing_recipe_is_named(listed, tmp_path):
    (tmp_path / "list.csv").write_text("number,arm\n")
    with pytest.raises(CommandError, match=r"no file .*list\.csv\.recipe"):
        call_command("custody", "check-list", str(tmp_path / "list.csv"))
