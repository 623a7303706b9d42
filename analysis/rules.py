"""When an act on analyses and releases is refused, and the sentence that says so."""

from datetime import date

from analysis.models import BlindOpening, Look, Release, Run, RunState
from crf.rules import trial_is_locked
from reminet_site.context import Actor
from reminet_site.errors import Refusal
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
        raise Refusal("The trial is not locked. Its blind is opened after the lock, never before.")


def check_said(text: str, what: str, most: int = 500) -> None:
    if not said(text):
        raise Refusal(f"Write {what}.", item="reason")
    if len(text) > most:
        raise Refusal(f"Write {most} characters at most.", item="reason")


def check_cutoff(cutoff_on: date | None, opened_on: date, today: date) -> None:
    """A clinical cut-off lies in the trial's time."""
    if cutoff_on and not opened_on <= cutoff_on <= today:
        raise Refusal(
            f"The cut-off {cutoff_on} is not between the opening of the trial on {opened_on} "
            f"and today, {today}.",
            item="cutoff",
        )


def check_can_request_opening(found: BlindOpening | None) -> None:
    check_locked()
    if found is not None and found.confirmed_at:
        raise Refusal("The blind is open already; that is not undone.")
    if found is not None:
        raise Refusal(f"{found.requested_by.name} has asked already. A second person confirms it.")


def check_can_confirm_opening(found: BlindOpening | None, by: Actor) -> None:
    check_locked()
    if found is None:
        raise Refusal("Nobody has asked to open the blind.")
    if found.confirmed_at:
        raise Refusal("The blind is open already; that is not undone.")
    if found.requested_by_id == by.user_id:
        raise Refusal("You asked for it yourself. Another person confirms it.")
    if found.requested_role == by.role:
        other = next(role for role in OPENERS if role.value != by.role)
        raise Refusal(f"The second person is the {other.label.lower()}.")


def check_can_unlock() -> None:
    if blind_is_open():
        raise Refusal("The blind is open: the data stay locked from now on.")


def check_blind_open() -> None:
    if not blind_is_open():
        raise Refusal("The blind is closed: figures by arm do not exist yet.")


def check_plan_frozen(plan: str) -> None:
    """The plan of the first look is the plan of every later one and of the final analysis."""
    first = Look.objects.order_by("number").values_list("plan", flat=True).first()
    if first and first != plan:
        raise Refusal(
            "The statistical plan differs from the one frozen at the first look "
            f"({first[:8]}, now {plan[:8]}). A figure by arm follows the frozen plan."
        )


def check_none_under_way(kind: str) -> None:
    waiting = (RunState.WAITING, RunState.RUNNING, RunState.CHECKING)
    if Run.objects.filter(kind=kind, state__in=waiting).exists():
        raise Refusal("Such a run is under way. Its report appears here when it is done.")


def check_agrees(run: Run) -> None:
    """A report whose engines disagree is not shown."""
    if run.state == RunState.DIFFERS:
        raise Refusal(
            "The two engines disagree on this run: the report is held back. Tell the maintainers."
        )


def check_can_download(release: Release) -> None:
    if release.state != "done":
        raise Refusal(f"{release.name} is not ready yet.")
