"""What the protocol says of the allocation, and what one allocation decided."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

METHODS = ("minimisation", "blocks", "list")
MEASURES = ("range", "variance")


class PlanError(ValueError):
    """The plan contradicts itself; the text says where."""


@dataclass(frozen=True, slots=True)
class Factor:
    """One stratification factor. `levels` empty: every level is welcome (the centre)."""

    name: str
    levels: tuple[str, ...] = ()
    weight: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class Plan:
    """The allocation as the definition states it; `arms` in the order of `ratio`.

    `probability` goes to the favoured arm of a minimisation; `block_sizes` are counted in
    participants; `stratified_by` names the factors that part a list or the blocks.
    """

    method: str
    arms: tuple[str, ...]
    factors: tuple[Factor, ...] = ()
    ratio: tuple[int, ...] = (1, 1)
    probability: Fraction = Fraction(4, 5)
    measure: str = "range"
    block_sizes: tuple[int, ...] = (2, 4, 6)
    stratified_by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_plan(self)

    def factor(self, name: str) -> Factor:
        """The factor of that name; KeyError where the plan has none."""
        for factor in self.factors:
            if factor.name == name:
                return factor
        raise KeyError(name)

    def to_json(self) -> dict[str, Any]:
        """The plan as plain values; `from_json` gives the same plan back."""
        return {
            "method": self.method,
            "arms": list(self.arms),
            "ratio": list(self.ratio),
            "factors": [
                {"name": f.name, "levels": list(f.levels), "weight": str(f.weight)}
                for f in self.factors
            ],
            "probability": str(self.probability),
            "measure": self.measure,
            "block_sizes": list(self.block_sizes),
            "stratified_by": list(self.stratified_by),
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Plan:
        """Read `to_json`'s form; probabilities may be written 0.8, "0.80" or "4/5"."""
        factors = tuple(
            Factor(
                str(f["name"]),
                tuple(str(level) for level in f.get("levels") or ()),
                Fraction(str(f.get("weight", 1))),
            )
            for f in raw.get("factors", ())
        )
        arms = tuple(str(arm) for arm in raw["arms"])
        return cls(
            method=str(raw["method"]),
            arms=arms,
            factors=factors,
            ratio=tuple(int(r) for r in raw.get("ratio") or (1,) * len(arms)),
            probability=Fraction(str(raw.get("probability", "4/5"))),
            measure=str(raw.get("measure", "range")),
            block_sizes=tuple(int(s) for s in raw.get("block_sizes", (2, 4, 6))),
            stratified_by=tuple(str(n) for n in raw.get("stratified_by", ())),
        )

    def sha256(self) -> str:
        """Fingerprint of the plan's canonical text."""
        text = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def _check_plan(plan: Plan) -> None:
    names = [f.name for f in plan.factors]
    if plan.method not in METHODS:
        raise PlanError(f"The method {plan.method!r} is none of {', '.join(METHODS)}.")
    if len(plan.arms) < 2 or len(set(plan.arms)) != len(plan.arms) or not all(plan.arms):
        raise PlanError("A plan names at least two arms, each once.")
    if len(plan.ratio) != len(plan.arms) or min(plan.ratio) < 1:
        raise PlanError("The ratio gives one whole number, 1 or more, for each arm.")
    if len(set(names)) != len(names):
        raise PlanError("A factor is named twice.")
    if unknown := set(plan.stratified_by) - set(names):
        raise PlanError(f"The plan has no factor {', '.join(sorted(unknown))}.")
    if plan.method == "minimisation":
        _check_minimisation(plan)
    if plan.method == "blocks" and (
        not plan.block_sizes or any(s < 1 or s % sum(plan.ratio) for s in plan.block_sizes)
    ):
        raise PlanError(f"Each block size is a multiple of {sum(plan.ratio)}.")


def _check_minimisation(plan: Plan) -> None:
    if not plan.factors or any(f.weight <= 0 for f in plan.factors):
        raise PlanError("Minimisation needs a factor, and each weight is above 0.")
    if len(set(plan.ratio)) != 1:
        raise PlanError("Minimisation is offered for equal arms only.")
    if not Fraction(1, len(plan.arms)) <= plan.probability <= 1:
        raise PlanError("The probability of the favoured arm lies between chance and 1.")
    if plan.measure not in MEASURES:
        raise PlanError(f"The measure {plan.measure!r} is none of {', '.join(MEASURES)}.")


class LevelError(ValueError):
    """A newcomer's level is missing or unknown to the plan."""


def check_levels(plan: Plan, levels: Mapping[str, str]) -> None:
    """Refuse a newcomer whose levels the plan does not know."""
    for factor in plan.factors:
        level = levels.get(factor.name, "")
        if not level:
            raise LevelError(f"No level is given for {factor.name}.")
        if factor.levels and level not in factor.levels:
            raise LevelError(f"{factor.name} has no level {level!r}.")


def stratum_of(plan: Plan, levels: Mapping[str, str]) -> str:
    """Key of the newcomer's stratum: the levels of `stratified_by`, joined by a slash."""
    return "/".join(levels[name] for name in plan.stratified_by)


@dataclass(frozen=True, slots=True)
class Decision:
    """One allocation with all that is needed to check it again.

    `probabilities` holds one Fraction an arm, in the plan's order, and sums to 1; `randomness`
    is the bytes that were used; `basis` the method's own grounds (totals, block, list place).
    """

    arm: str
    probabilities: tuple[Fraction, ...]
    randomness: bytes = b""
    imbalance: Mapping[str, Fraction] = field(default_factory=dict)
    favoured: str | None = None
    basis: Mapping[str, Any] = field(default_factory=dict)

    def to_record(self) -> dict[str, Any]:
        """The decision as plain values, for the sealed record."""
        return {
            "arm": self.arm,
            "probabilities": [str(p) for p in self.probabilities],
            "randomness": self.randomness.hex(),
            "imbalance": {arm: str(value) for arm, value in self.imbalance.items()},
            "favoured": self.favoured,
            "basis": dict(self.basis),
        }


def pick(arms: Sequence[str], probabilities: Sequence[Fraction], randomness: bytes) -> str:
    """The arm in whose share of [0, 1) the bytes fall, read as one big-endian fraction.

    The shares are compared as integers: an arm's chance differs from its probability by less
    than 2 ** (-8 * len(randomness)).
    """
    point = int.from_bytes(randomness, "big")
    whole = 1 << (8 * len(randomness))
    upper = Fraction(0)
    for arm, probability in zip(arms, probabilities, strict=True):
        upper += probability
        if point * upper.denominator < upper.numerator * whole:
            return arm
    raise PlanError("The probabilities of the arms do not reach 1.")
