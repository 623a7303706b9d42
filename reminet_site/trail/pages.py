"""The words of the trail's pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from reminet_site.clock import apart
from reminet_site.jinja2_env import moment
from reminet_site.roles import role_words
from reminet_site.trail.models import CopyState, Redaction, TrailCopy
from reminet_site.trail.reads import PAGE, Row
from reminet_site.trail.search import ACTS, CHANGES, KEPT_WHOLE, Search

LONGEST = 300
SUBJECTS = {
    "crf_participant": gettext_noop("participant"),
    "crf_dataquery": gettext_noop("data query"),
    "crf_querystep": gettext_noop("data query"),
    "crf_triallock": gettext_noop("lock of the trial"),
    "crf_definitionversion": gettext_noop("definition"),
    "crf_seriousreport": gettext_noop("clock of a serious event"),
    "crf_sponsoropinion": gettext_noop("opinion of the sponsor"),
    "crf_authorityreport": gettext_noop("report to the authority"),
    "crf_importedfile": gettext_noop("imported file"),
    "crf_freeze": gettext_noop("freeze of a casebook"),
    "crf_sourcecheck": gettext_noop("source data verification"),
    "crf_centralreading": gettext_noop("central reading"),
    "randomisation_allocation": gettext_noop("allocation"),
    "randomisation_dispensing": gettext_noop("dispensing"),
    "randomisation_kit": gettext_noop("kit"),
    "randomisation_kitmove": gettext_noop("kit"),
    "randomisation_stratacorrection": gettext_noop("correction of a stratum"),
    "randomisation_unblindingrecord": gettext_noop("unblinding"),
    "reminet_site_user": gettext_noop("account"),
    "reminet_site_grant": gettext_noop("role"),
    "reminet_site_centre": gettext_noop("centre"),
    "reminet_site_redaction": gettext_noop("redaction"),
    "reminet_site_signature": gettext_noop("signature"),
    "reminet_site_dutyrecord": gettext_noop("delegation log"),
    "reminet_site_accountchange": gettext_noop("account"),
    "reminet_site_accessrequest": gettext_noop("request for a role"),
    "reminet_site_invitation": gettext_noop("invitation"),
    "reminet_site_accountreview": gettext_noop("review of accounts"),
    "reminet_site_trailcopy": gettext_noop("file of the trail"),
    "analysis_recommendation": gettext_noop("recommendation of the committee"),
    "analysis_blindopening": gettext_noop("opening of the blind"),
    "analysis_release": gettext_noop("release"),
    "analysis_releasedownload": gettext_noop("download of a release"),
    "analysis_deletion": gettext_noop("deletion at the end of retention"),
}


@dataclass(frozen=True, slots=True)
class Line:
    id: int
    when: str  # on the trial's clock
    server: str  # on the server's, where that is another
    who: str
    role: str
    act: str
    where: str
    what: str
    item: str
    old: str
    new: str
    old_gone: bool
    new_gone: bool
    reason: str
    query: str
    values: bool

    @property
    def together(self) -> tuple[str, ...]:
        """What the rows of one act share, and the page says once."""
        return (self.when, self.server, self.who, self.role, self.where, self.what,
                self.reason, self.query)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CopyLine:
    pk: int
    name: str
    asked: str
    state: str
    ready: bool
    sha256: str


@dataclass(frozen=True, slots=True)
class TrailPage:
    acts_done: tuple[tuple[Line, ...], ...]  # the rows of each act together
    search: dict[str, str]
    acts: tuple[str, ...]
    older: str
    copies: tuple[CopyLine, ...]
    can_redact: bool
    waiting: int


@dataclass(frozen=True, slots=True)
class RedactionLine:
    pk: int
    line: Line | None
    side: str
    reason: str
    asked_by: str
    asked: str
    confirmed_by: str
    done: str
    mine: bool


def trail_page(
    found: Sequence[Row],
    search: Search,
    copies: Sequence[TrailCopy],
    *,
    zone: str,
    can_redact: bool = False,
    waiting: int = 0,
) -> TrailPage:
    older = ""
    if len(found) > PAGE:
        older = str(found[PAGE - 1].id)
    lines = [line(one, zone) for one in found[:PAGE]]
    return TrailPage(
        acts_done=together(lines),
        search={name: getattr(search, name) for name in Search.__slots__},
        acts=CHANGES + ACTS,
        older=older,
        copies=tuple(copy_line(one, zone) for one in copies),
        can_redact=can_redact,
        waiting=waiting,
    )


def together(lines: Sequence[Line]) -> tuple[tuple[Line, ...], ...]:
    return tuple(tuple(rows) for _, rows in groupby(lines, lambda one: one.together))


def line(row: Row, zone: str) -> Line:
    two = apart(row.at, row.clinical_at)
    shown = row.clinical_at if two else row.at
    return Line(
        id=row.id,
        when=f"{moment(shown, zone)}:{shown:%S}",
        server=f"{moment(row.at, zone)}:{row.at:%S}" if two else "",
        who=row.actor,
        role=_(role_words(row.role)),
        act=row.act,
        where=" · ".join(filter(None, (row.participant or row.centre, row.visit, row.form))),
        what=_(SUBJECTS[row.relation]) if row.relation in SUBJECTS else "",
        item=subject(row),
        old=said(row.old),
        new=said(row.new),
        old_gone=row.had_old and row.old is None,
        new_gone=row.had_new and row.new is None,
        reason=row.reason,
        query=_("query %(n)d") % {"n": row.query_id} if row.query_id else "",
        values=row.relation not in KEPT_WHOLE and (row.old is not None or row.new is not None),
    )


def subject(row: Row) -> str:
    """The item; for an act, what it was done to; a column of a table as words: "raised by"."""
    if row.relation == "act" and row.act != "redact":
        return row.row_id
    if not row.item.startswith("#"):
        return row.item
    return row.item[1:].removesuffix("_id").replace("_", " ")


def said(value: str | None) -> str:
    if value is None:
        return ""
    return value if len(value) <= LONGEST else f"{value[:LONGEST]} ..."


def copy_line(copy: TrailCopy, zone: str) -> CopyLine:
    words = {CopyState.WAITING: _("being made"), CopyState.FAILED: copy.problem}
    ready = copy.state == CopyState.DONE
    return CopyLine(
        pk=copy.pk,
        name=copy.file_name,
        asked=moment(copy.asked_at, zone),
        state=f"{copy.rows} " + _("rows") if ready else words[CopyState(copy.state)],
        ready=ready,
        sha256=copy.sha256,
    )


def redaction_line(one: Redaction, row: Row | None, zone: str, user_id: int) -> RedactionLine:
    return RedactionLine(
        pk=one.pk,
        line=line(row, zone) if row else None,
        side=one.side,
        reason=one.reason,
        asked_by=one.requested_by.name,
        asked=moment(one.requested_at, zone),
        confirmed_by=one.confirmed_by.name if one.confirmed_by else "",
        done=moment(one.done_at, zone),
        mine=one.requested_by_id == user_id,
    )
