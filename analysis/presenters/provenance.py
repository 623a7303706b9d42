"""Where a figure comes from: cut, plan, code, convention, the engines' agreement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from analysis.models import Run, RunKind
from reminet_site.jinja2_env import day

CONVENTION = gettext_noop("Month = 30.4375 days; log-log 95 %% limits; NE = not estimable")


@dataclass(frozen=True, slots=True)
class Provenance:
    """The line under every figure."""

    cut: str
    cut_hash: str
    data_at: datetime | None
    cutoff: str
    plan: str
    code: str
    blinding: str
    agreement: str
    convention: str


def provenance(run: Run, agreement: Mapping[str, Any] | None, version: str) -> Provenance:
    snapshot = run.snapshot
    blind = run.kind == RunKind.BLINDED
    return Provenance(
        cut=snapshot.code if snapshot else _("live"),
        cut_hash=run.cut[:8],
        data_at=run.data_at,
        cutoff=day(snapshot.cutoff_on) if snapshot else "",
        plan=run.plan[:8],
        code=f"{version} · {run.code[:8]}",
        blinding=_("Blinded") if blind else _("Unblinded, run %(name)s") % {"name": run.name},
        agreement=agreement_words(agreement),
        convention=_(CONVENTION) % {},
    )


def agreement_words(agreement: Mapping[str, Any] | None) -> str:
    if not agreement:
        return _("The second engine has not counted yet")
    words = {"engine": agreement["engine"], "n": agreement["compared"]}
    if agreement["agrees"]:
        words["largest"] = f"{agreement['largest']:.0e}"
        return (
            _("Engines agree: ours and %(engine)s on %(n)d figures, largest difference %(largest)s")
            % words
        )
    return _("Engines disagree: ours and %(engine)s") % words
