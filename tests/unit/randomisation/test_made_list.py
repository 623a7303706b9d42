"""A list can be made again from its recipe, byte for byte, and from no other recipe."""

import csv
import hashlib
import hmac
import io
from collections import Counter
from dataclasses import replace

import pytest

from randomisation.methods.imported_list import parse
from randomisation.methods.made_list import (
    Recipe,
    RecipeError,
    difference,
    strata_of,
    write,
)
from randomisation.methods.plan import Factor, Plan

PLAN = Plan(
    method="list",
    arms=("A", "B"),
    factors=(Factor("centre"), Factor("grade", ("G1", "G2"))),
    stratified_by=("centre", "grade"),
)
CENTRES = {"centre": ["FR-05", "FR-11"]}
RECIPE = Recipe(
    seed="5e" * 32,
    arms=PLAN.arms,
    ratio=(1, 1),
    block_sizes=(2, 4, 6),
    stratified_by=PLAN.stratified_by,
    strata=strata_of(PLAN, CENTRES),
    places=40,
)


def rows(recipe=RECIPE):
    return list(csv.DictReader(io.StringIO(write(recipe).decode())))


@pytest.mark.promise("RN-06")
def test_the_same_recipe_gives_the_same_bytes():
    again = Recipe.from_json(RECIPE.to_json())
    assert again == RECIPE
    assert write(again) == write(RECIPE)
    assert difference(write(again), RECIPE) == ""
    # kept for ever: another build that says version 1 gives these bytes
    known = "427a310dd0e5b465"
    assert hashlib.sha256(write(RECIPE)).hexdigest().startswith(known)


@pytest.mark.promise("RN-06")
@pytest.mark.parametrize(
    "changed",
    [
        {"seed": "5e" * 31 + "5f"},
        {"arms": ("B", "A")},
        {"ratio": (2, 2)},
        {"block_sizes": (2, 4)},
        {"block_sizes": (4, 2, 6)},
        {"stratified_by": ("centre", "stage")},
        {"strata": RECIPE.strata[::-1]},
        {"places": 41},
        {"first": 2},
    ],
    ids=str,
)
def test_one_parameter_changed_gives_another_list(changed):
    if changed.get("ratio"):
        changed = changed | {"block_sizes": (4, 8)}
    other = replace(RECIPE, **changed)
    assert write(other) != write(RECIPE)
    assert difference(write(RECIPE), other)
    arms = [row["arm"] for row in rows()], [row["arm"] for row in rows(other)]
    assert arms[0] != arms[1], "the numbers and headings alone do not tell two lists apart"


@pytest.mark.promise("RN-06")
def test_a_line_that_was_changed_is_named():
    lines = write(RECIPE).decode().splitlines(keepends=True)
    at = next(n for n in range(1, len(lines)) if lines[n].endswith("A\n"))
    lines[at] = lines[at].replace("A\n", "B\n")
    assert difference("".join(lines).encode(), RECIPE) == (
        f"Line {at + 1} is not what the recipe gives."
    )
    assert "lines" in difference(write(RECIPE) + b"\n", RECIPE)


@pytest.mark.promise("RN-06")
def test_the_stream_is_hmac_sha256_and_nothing_else():
    """The first block of the first stratum, computed here from the description alone."""
    key = bytes.fromhex(RECIPE.seed)
    words = b"".join(
        hmac.new(
            key,
            f'list {RECIPE.digest()} ["FR-05", "G1"]:1:{counter}'.encode(),
            hashlib.sha256,
        ).digest()
        for counter in range(3)
    )
    drawn = [int.from_bytes(words[at : at + 8], "big") for at in range(0, len(words), 8)]
    size = RECIPE.block_sizes[drawn[0] % 3]
    block = ["A"] * (size // 2) + ["B"] * (size // 2)
    for word, last in zip(drawn[1:], range(size - 1, 0, -1)):
        other = word % (last + 1)
        block[last], block[other] = block[other], block[last]
    assert [row["arm"] for row in rows()[:size]] == block


def blocks_tile(arms, sizes=(2, 4, 6)):
    """Can the sequence be cut into balanced blocks of these sizes, from its start to its end?"""
    ends = {0}
    for end in range(1, len(arms) + 1):
        for size in sizes:
            block = arms[end - size : end] if end >= size else []
            if end - size in ends and block.count("A") * 2 == size:
                ends.add(end)
    return len(arms) in ends


@pytest.mark.promise("RN-05")
def test_each_stratum_is_made_of_whole_blocks():
    found = rows()
    assert [row["number"] for row in found] == [f"{n:05d}" for n in range(1, len(found) + 1)]
    assert {(row["centre"], row["grade"]) for row in found} == set(RECIPE.strata)
    for stratum in RECIPE.strata:
        arms = [r["arm"] for r in found if (r["centre"], r["grade"]) == stratum]
        assert 40 <= len(arms) < 46
        assert blocks_tile(arms)
    assert not blocks_tile(["A", "A", "A", "A", "B", "B", "B", "B"])


def test_the_import_reads_it():
    data = write(RECIPE)
    made = parse(
        data,
        plan=PLAN,
        ratio=(1, 1),
        sha256=hashlib.sha256(data).hexdigest(),
        levels=CENTRES,
    )
    assert [place.arm for place in made.places] == [row["arm"] for row in rows()]


def test_unequal_arms():
    recipe = replace(RECIPE, ratio=(2, 1), block_sizes=(3, 6))
    arms = Counter(row["arm"] for row in rows(recipe))
    assert arms["A"] == 2 * arms["B"]


def test_a_list_without_strata():
    plan = Plan(method="list", arms=("A", "B"))
    recipe = replace(RECIPE, stratified_by=(), strata=strata_of(plan, {}))
    assert {tuple(row) for row in rows(recipe)} == {("number", "arm")}


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"seed": "5e"}, "64 hexadecimal digits"),
        ({"seed": "zz" * 32}, "64 hexadecimal digits"),
        ({"block_sizes": (4,)}, "two different block sizes"),
        ({"block_sizes": (2, 3)}, "multiple of 2"),
        ({"places": 0}, "between 1 and"),
        ({"places": 100_000}, "between 1 and"),
        ({"first": 0}, "numbered from 1"),
        ({"strata": (("FR-05",),)}, "one level for each factor"),
        ({"strata": (("FR-05", "G1"), ("FR-05", "G1"))}, "named twice"),
        ({"version": 2}, "use the build that made the list"),
    ],
)
def test_a_recipe_that_cannot_be_followed_is_refused(changed, says):
    with pytest.raises(RecipeError, match=says):
        replace(RECIPE, **changed)


def test_a_recipe_that_lacks_something_says_what():
    raw = RECIPE.to_json()
    del raw["block_sizes"]
    with pytest.raises(RecipeError, match="lacks 'block_sizes'"):
        Recipe.from_json(raw)
    with pytest.raises(RecipeError, match="No level of centre"):
        strata_of(PLAN, {})
