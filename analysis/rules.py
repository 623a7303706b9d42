"""When an act on analyses and releases is refused, and the sentence that says so."""

from datetime import date

from django.utils.translation import gettext as _

from analysis.models import BlindOpening, Look, Release, Run, RunState, Verdict
from crf.definition.arm_words import named_in
from crf.definition.plan import Randomisation
from crf.rules import trial_is_locked
from reminet_site.context import Actor
from reminet_site.errors import Refusal
from reminet_site.jinja2_env import day
from reminet_site.roles import Role
from reminet_site.typed import said

# One of each opens the blind.
OPENERS = (Role.SPONSOR_MANAGER, Role.TRIAL_STATISTICIAN)


def opening() -> BlindOpening | None:
    """The request to open the blind, confirmed or not."""
    return BlindOpening.objects.select_related("requested_by", "confirmed_by").first()


def blind_is_open() -> bool:
    return BlindOpening.objects.filter(confirmed_at__isnull=False).exists()


def check_locked() -> None:
    if not trial_is_locked():
        raise Refusal(
            _("The trial is not locked. Its blind is opened after the lock, never before.")
        )


def check_said(text: str, ask: str, most: int = 500, item: str = "reason") -> None:
    """Refused with the sentence that asks for it where the text says nothing."""
    if not said(text):
        raise Refusal(ask, item=item)
    if len(text) > most:
        raise Refusal(_("Write %(most)d characters at most.") % {"most": most}, item=item)


def check_cutoff(cutoff_on: date | None, opened_on: date, today: date) -> None:
    """A clinical cut-off lies in the trial's time."""
    if cutoff_on and not opened_on <= cutoff_on <= today:
        raise Refusal(
            _(
                "The cut-off %(cutoff)s is not between the opening of the trial on %(opened)s and "
                "today, %(today)s."
            )
            % {
                "cutoff": day(cutoff_on),
                "opened": day(opened_on),
                "today": day(today),
            },
            item="cutoff",
        )


def check_can_request_opening(found: BlindOpening | None) -> None:
    check_locked()
    if found is not None and found.confirmed_at:
        raise Refusal(_("The blind is open already; that is not undone."))
    if found is not None:
        raise Refusal(
            _("%(name)s has asked already. A second person confirms it.")
            % {"name": found.requested_by.name}
        )


def check_opening_reason(reason: str) -> None:
    check_said(reason, _("Write why the blind is opened."), 2000)


def check_release(note: str) -> None:
    check_said(note, _("Write what this release is for."), 200, item="note")


def check_can_confirm_opening(found: BlindOpening | None, by: Actor) -> None:
    check_locked()
    if found is None:
        raise Refusal(_("Nobody has asked to open the blind."))
    if found.confirmed_at:
        raise Refusal(_("The blind is open already; that is not undone."))
    if found.requested_by_id == by.user_id:
        raise Refusal(_("You asked for it yourself. Another person confirms it."))
    if found.requested_role == by.role:
        other = next(role for role in OPENERS if role.value != by.role)
        raise Refusal(_("The second person is the %(role)s.") % {"role": _(other.label).lower()})


def check_can_unlock() -> None:
    if blind_is_open():
        raise Refusal(_("The blind is open: the data stay locked from now on."))


def check_blind_open() -> None:
    if not blind_is_open():
        raise Refusal(_("The blind is closed: figures by arm do not exist yet."))


def check_plan_frozen(plan: str) -> None:
    """The plan of the first look is the plan of every later one and of the final analysis."""
    first = Look.objects.order_by("number").values_list("plan", flat=True).first()
    if first and first != plan:
        raise Refusal(
            _(
                "The statistical plan differs from the one frozen at the first look (%(frozen)s, "
                "now %(now)s). A figure by arm follows the frozen plan."
            )
            % {"frozen": first[:8], "now": plan[:8]}
        )


def check_can_recommend(look: Look | None) -> None:
    """Once after each look whose report is there."""
    if look is None:
        raise Refusal(_("Nobody has looked at figures by arm yet: there is nothing to judge."))
    run = look.run.same_as or look.run
    if run.state != RunState.DONE:
        raise Refusal(
            _("The report of look %(number)d is not there yet.") % {"number": look.number}
        )
    if hasattr(look, "recommendation"):
        raise Refusal(
            _("What was recommended after look %(number)d is on record and stays as it is.")
            % {"number": look.number}
        )


def check_verdict(verdict: str) -> None:
    if verdict not in Verdict.values:
        raise Refusal(_("Choose what the committee recommends."), item="verdict")


def check_asked(verdict: str, asked: str, arms: Randomisation) -> None:
    """What leaves the committee is there where something is to change, and names no arm."""
    if verdict != Verdict.CONTINUE or asked.strip():
        check_said(asked, _("Write what the committee asks of the sponsor."), item="text")
    named = named_in(asked, arms)
    if named:
        raise Refusal(
            _(
                "“%(words)s”: this leaves the committee and tells of an arm. Take it out; the "
                "grounds below stay inside and may name it."
            )
            % {"words": ", ".join(named)},
            item="text",
        )


def check_grounds(grounds: str) -> None:
    ask = _("Write on what grounds; they stay with the committee.")
    check_said(grounds, ask, 2000, item="note")


def check_none_under_way(kind: str) -> None:
    waiting = (RunState.WAITING, RunState.RUNNING, RunState.CHECKING)
    if Run.objects.filter(kind=kind, state__in=waiting).exists():
        raise Refusal(_("Such a run is under way. Its report appears here when it is done."))


def check_agrees(run: Run) -> None:
    """A report whose engines disagree is not shown."""
    if run.state == RunState.DIFFERS:
        raise Refusal(
            _(
                "The two engines disagree on this run: the report is held back. Tell the "
                "maintainers."
            )
        )


def check_can_download(release: Release) -> None:
    if release.state != "done":
        raise Refusal(_("%(name)s is not ready yet.") % {"name": release.name})
