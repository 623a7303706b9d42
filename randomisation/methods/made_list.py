"""A list made here: stratified permuted blocks of varying sizes, from a seed that is kept.

The same recipe gives the same bytes, on any machine: block n of a stratum is drawn from
HMAC-SHA256(seed, "list DIGEST STRATUM:n:counter"), DIGEST the fingerprint of the other parameters,
so that a recipe changed in one place gives another list throughout. Each block's size, then its
permutation, are equally likely (`blocks.new_block`). The file is what `imported_list` reads.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

from randomisation.methods import blocks
from randomisation.methods.plan import Plan, PlanError
from randomisation.methods.randomness import SeededSource

GENERATOR, VERSION = "reminet permuted blocks", 1
SEED = 32  # bytes
MOST = 100_000  # places


class RecipeError(ValueError):
    """The recipe cannot be followed; the text says what to mend."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that a list is made of.

    `seed` is 64 hexadecimal digits; `places` the least number of places of each stratum, which is
    filled up to the end of its last block; `first` the number of the first place; `strata` the
    levels of `stratified_by`, one tuple a stratum, in the order of the file.
    """

    seed: str
    arms: tuple[str, ...]
    ratio: tuple[int, ...]
    block_sizes: tuple[int, ...]
    stratified_by: tuple[str, ...]
    strata: tuple[tuple[str, ...], ...]
    places: int
    first: int = 1
    generator: str = GENERATOR
    version: int = VERSION

    def __post_init__(self) -> None:
        _check(self)

    def blocks(self) -> Plan:
        """The plan of one stratum; PlanError where the sizes do not go with the ratio."""
        return Plan(method="blocks", arms=self.arms, ratio=self.ratio, block_sizes=self.block_sizes)

    def digest(self) -> str:
        """SHA-256 of every parameter but the seed, in hexadecimal."""
        told = {name: value for name, value in asdict(self).items() if name != "seed"}
        text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """The recipe as plain values; `from_json` gives the same recipe back."""
        made: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return made

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Recipe:
        """Read `to_json`'s form; RecipeError where a parameter is missing or no such thing."""
        try:
            return cls(
                seed=str(raw["seed"]),
                arms=tuple(map(str, raw["arms"])),
                ratio=tuple(map(int, raw["ratio"])),
                block_sizes=tuple(map(int, raw["block_sizes"])),
                stratified_by=tuple(map(str, raw["stratified_by"])),
                strata=tuple(tuple(map(str, one)) for one in raw["strata"]),
                places=int(raw["places"]),
                first=int(raw["first"]),
                generator=str(raw["generator"]),
                version=int(raw["version"]),
            )
        except KeyError as missing:
            raise RecipeError(f"The recipe lacks {missing}.") from None
        except TypeError as error:
            raise RecipeError(f"The recipe cannot be read: {error}.") from None


def _check(recipe: Recipe) -> None:
    if (recipe.generator, recipe.version) != (GENERATOR, VERSION):
        raise RecipeError(
            f"This build follows {GENERATOR!r}, version {VERSION}, not {recipe.generator!r}, "
            f"version {recipe.version}: use the build that made the list."
        )
    try:
        seed = bytes.fromhex(recipe.seed)
    except ValueError:
        seed = b""
    if len(seed) != SEED or recipe.seed != seed.hex():
        raise RecipeError(f"The seed is {2 * SEED} hexadecimal digits, in small letters.")
    if len(set(recipe.block_sizes)) < 2:
        raise RecipeError(
            "Give two different block sizes or more: with one, whoever counts knows where a "
            "block ends."
        )
    try:
        recipe.blocks()
    except PlanError as error:
        raise RecipeError(str(error)) from None
    if not recipe.strata or any(len(s) != len(recipe.stratified_by) for s in recipe.strata):
        raise RecipeError("Each stratum gives one level for each factor of stratified_by.")
    if len(set(recipe.strata)) != len(recipe.strata):
        raise RecipeError("A stratum is named twice.")
    if recipe.first < 1 or recipe.places < 1 or recipe.places * len(recipe.strata) > MOST:
        raise RecipeError(f"A list has between 1 and {MOST:,} places, numbered from 1 or more.")


def strata_of(plan: Plan, levels: Mapping[str, Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Every combination of the levels of `stratified_by`; one empty stratum where there is none.

    `levels` gives those of factors that the plan leaves open.
    """
    known = []
    for name in plan.stratified_by:
        found = plan.factor(name).levels or tuple(levels.get(name, ()))
        if not found:
            raise RecipeError(f"No level of {name} is known yet.")
        known.append(found)
    return tuple(product(*known))


def write(recipe: Recipe) -> bytes:
    """The list as CSV: UTF-8, lines end with a line feed, numbered over all strata."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["number", *recipe.stratified_by, "arm"])
    number = recipe.first
    for stratum in recipe.strata:
        for arm in _arms(recipe, stratum):
            writer.writerow([f"{number:05d}", *stratum, arm])
            number += 1
    return text.getvalue().encode()


def _arms(recipe: Recipe, stratum: tuple[str, ...]) -> Iterator[str]:
    """Whole blocks, until there are `places` places or more."""
    plan = recipe.blocks()
    source = SeededSource(
        bytes.fromhex(recipe.seed), f"list {recipe.digest()} {json.dumps(stratum)}"
    )
    given = turn = 0
    while given < recipe.places:
        turn += 1
        block = blocks.new_block(plan, source.draw(turn, blocks.bytes_needed(plan)))
        given += len(block)
        yield from (plan.arms[place] for place in block)


def difference(data: bytes, recipe: Recipe) -> str:
    """ "" where the file is byte for byte what the recipe gives; else where it departs first."""
    expected = write(recipe)
    if data == expected:
        return ""
    found, wanted = data.split(b"\n"), expected.split(b"\n")
    for line, (one, other) in enumerate(zip(found, wanted), start=1):
        if one != other:
            return f"Line {line} is not what the recipe gives."
    return f"The file has {len(found)} lines, the recipe gives {len(wanted)}."
