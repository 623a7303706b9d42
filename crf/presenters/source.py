"""Source data verification of one entry, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from crf.presenters.form_data import SourceFacts
from crf.presenters.words import day
from reminet_site.clock import day_at

if TYPE_CHECKING:
    from crf.reads_source import Check
    from reminet_site.models import Centre


def source_facts(
    check: Check | None, version: int, centre: Centre, may_verify: bool
) -> SourceFacts | None:
    """None where nobody verified and the reader may not."""
    now = check is not None and check.version == version
    if check is None and not may_verify:
        return None
    act = ("back" if now else "verify") if may_verify else ""
    if check is None:
        words = _("Not verified against the source")
    elif now:
        who = {"day": day(day_at(check.at, centre)), "name": check.by}
        words = _("Verified against the source %(day)s, %(name)s") % who
    else:
        words = _("Changed since version %(n)d was verified") % {"n": check.version}
    return SourceFacts(words, now, act)
