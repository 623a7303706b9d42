"""What the page of an emergency unblinding says. The single page that shows an arm, and once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from crf.models import Participant
from randomisation.models import UnblindingRecord


@dataclass(frozen=True, slots=True)
class UnblindPage:
    """Asks for reason and password; after both, shows the arm once."""

    code: str
    centre: str
    centre_code: str
    timezone: str
    number: str
    token: str
    earlier: tuple[tuple[datetime, str, str], ...]  # when, who, why
    reason: str = ""
    confirmed: bool = False
    errors: dict[str, str] = field(default_factory=dict)
    refused: str = ""
    arm: str = ""
    at: datetime | None = None


def unblind_page(
    participant: Participant,
    records: Sequence[UnblindingRecord],
    token: str,
    *,
    reason: str = "",
    confirmed: bool = False,
    errors: Mapping[str, str] | None = None,
    refused: str = "",
    arm: str = "",
    at: datetime | None = None,
) -> UnblindPage:
    return UnblindPage(
        code=participant.code,
        centre=participant.centre.name,
        centre_code=participant.centre.code,
        timezone=participant.centre.timezone,
        number=participant.randomisation_number or "",
        token=token,
        earlier=tuple((r.clinical_at, str(r.by or ""), r.reason) for r in records),
        reason=reason,
        confirmed=confirmed,
        errors=dict(errors or {}),
        refused=refused,
        arm=arm,
        at=at,
    )
