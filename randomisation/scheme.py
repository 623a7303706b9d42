"""The scheme in use: read from the definition once, then kept as it is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import lru_cache

from django.utils.translation import gettext as _

from crf.definition import Definition
from randomisation.methods.plan import Factor, Plan
from randomisation.methods.randomness import SeededSource, Source, SystemSource
from randomisation.models import Scheme
from reminet_site.clock import now
from reminet_site.context import Actor
from reminet_site.errors import Refusal
from reminet_site.statements import prepared

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
    scheme, _made = Scheme.objects.get_or_create(
        name=NAME,
        defaults={"plan": plan.to_json(), "plan_sha256": plan.sha256(), "opened_at": now()},
    )
    if scheme.plan_sha256 != plan.sha256():
        raise Refusal(_("A scheme with another plan is open. A scheme in use is never replaced."))
    return scheme


def scheme_in_use(definition: Definition, by: Actor) -> Scheme:
    """The open scheme; the first to ask opens the one that the definition states."""
    scheme = Scheme.objects.filter(name=NAME).first()
    return scheme or open_scheme(plan=plan_of(definition), by=by)


@dataclass(frozen=True, slots=True)
class Opened:
    """The scheme in use, and the deployment's seed; none of this ever changes."""

    pk: int
    name: str
    plan: Plan
    seed: str

    @classmethod
    def of(cls, pk: int | None, name: str, plan: str, seed: str) -> Opened | None:
        """From the columns OPENED of `randomisation_scheme s`; None where there is no row."""
        return cls(pk, name, _plan(plan), seed) if pk else None


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the scheme, its lock held until the transaction ends."""

    scheme: Opened
    place: int
    at: datetime
    clinical_at: datetime

    @property
    def number(self) -> str:
        return f"R-{self.place:04d}"

    def source(self, purpose: str) -> Source:
        return source(self.scheme.seed, purpose)


def source(seed: str, purpose: str) -> Source:
    """Randomness: the operating system's; a demonstration's is drawn from its seed."""
    return SeededSource(seed.encode(), purpose) if seed else SystemSource()


SEED = "coalesce((SELECT seed FROM reminet_site_deployment WHERE demonstration), '')"
OPENED = f"s.id, s.name, s.plan::text, {SEED}"
SHIPMENT = """
UPDATE randomisation_scheme SET shipped = shipped + 1 WHERE id = %s::bigint
RETURNING shipped, audit.clinical_now()
"""


def opened() -> Opened | None:
    """The scheme in use; None where none is open yet."""
    with prepared() as cursor:
        cursor.execute(f"SELECT {OPENED} FROM randomisation_scheme s WHERE s.name = '{NAME}'")
        row = cursor.fetchone()
    return Opened.of(*row) if row else None


def open_first(definition: Definition, by: Actor) -> Opened:
    """The scheme that the definition states, in use from now on."""
    open_scheme(plan=plan_of(definition), by=by)
    found = opened()
    assert found is not None
    return found


def take_shipment(scheme: Opened) -> Turn:
    """The next shipment's turn: who puts one together waits until this one ends."""
    with prepared() as cursor:
        cursor.execute(SHIPMENT, [scheme.pk])
        place, clinical_at = cursor.fetchone()
    return Turn(scheme, place, now(), clinical_at)


@lru_cache(maxsize=8)
def _plan(text: str) -> Plan:
    return Plan.from_json(json.loads(text))
