"""The scheme in use: read from the definition once, then kept as it is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.db import connection

from crf.definition import Definition
from randomisation.methods.plan import Factor, Plan
from randomisation.methods.randomness import SeededSource, Source, SystemSource
from randomisation.models import Scheme
from reminet_site.clock import now
from reminet_site.context import Actor
from reminet_site.errors import Refusal

NAME = "main"


def plan_of(definition: Definition) -> Plan:
    """What the definition says of the allocation."""
    said = definition.randomisation
    factors = tuple(
        Factor(f.name, tuple(level.code for level in f.levels), Fraction(str(f.weight)))
        for f in said.factors
    )
    return Plan(
        method=said.method,
        arms=tuple(said.arms),
        factors=factors,
        ratio=tuple(said.ratio),
        probability=Fraction(str(said.probability)),
        measure=said.measure,
        block_sizes=tuple(said.block_sizes),
        stratified_by=tuple(f.name for f in said.factors) if said.method == "blocks" else (),
    )


def open_scheme(*, plan: Plan, by: Actor) -> Scheme:
    """The scheme of this trial, from now on; refused where another one is open."""
    scheme, _ = Scheme.objects.get_or_create(
        name=NAME,
        defaults={"plan": plan.to_json(), "plan_sha256": plan.sha256(), "opened_at": now()},
    )
    if scheme.plan_sha256 != plan.sha256():
        raise Refusal("A scheme with another plan is open. A scheme in use is never replaced.")
    return scheme


def scheme_in_use(definition: Definition, by: Actor) -> Scheme:
    """The open scheme; the first to ask opens the one that the definition states."""
    scheme = Scheme.objects.filter(name=NAME).first()
    return scheme or open_scheme(plan=plan_of(definition), by=by)


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the scheme, its lock held until the transaction ends."""

    scheme_id: int
    name: str
    plan: Plan
    place: int
    at: datetime
    clinical_at: datetime
    seed: str

    @property
    def number(self) -> str:
        return f"R-{self.place:04d}"

    def source(self, purpose: str) -> Source:
        return source(self.seed, purpose)


def source(seed: str, purpose: str) -> Source:
    """Randomness: the operating system's; a demonstration's is drawn from its seed."""
    return SeededSource(seed.encode(), purpose) if seed else SystemSource()


DEPLOYED = (
    "coalesce((SELECT seed FROM reminet_site_deployment WHERE demonstration), ''),"
    " audit.clinical_now()"
)


def open_turn(definition: Definition, by: Actor) -> Turn:
    """The next turn; the first of all opens the scheme that the definition states."""
    turn = take_turn()
    if turn is None:
        open_scheme(plan=plan_of(definition), by=by)
        turn = take_turn()
    assert turn is not None
    return turn


def take_turn(column: str = "issued") -> Turn | None:
    """Lock the scheme and count one further; everybody else waits until this one ends.

    None where no scheme is open yet.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE randomisation_scheme SET {column} = {column} + 1 WHERE name = %s"
            f" RETURNING id, name, plan, {column}, {DEPLOYED}",
            [NAME],
        )
        row: Any = cursor.fetchone()
    if row is None:
        return None
    pk, name, raw, place, seed, clinical_at = row
    return Turn(pk, name, _plan(raw), place, now(), clinical_at, seed)


def _plan(raw: Any) -> Plan:
    return Plan.from_json(json.loads(raw) if isinstance(raw, str) else raw)
