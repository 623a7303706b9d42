"""When the floor says no."""

from collections.abc import Callable, Sequence

from django.utils.translation import gettext as _

from reminet_site.errors import Refusal
from reminet_site.models import Centre
from reminet_site.roles import CENTRE_ROLES, FORBIDDEN_PAIRS, GIVEN_BY_THE_SERVICE, Role


def allowed(check: Callable[..., None], *args: object, **kwargs: object) -> str:
    """ "" where the check passes, else its sentence: buttons and guards read the same rule."""
    try:
        check(*args, **kwargs)
    except Refusal as said:
        return said.sentence
    return ""


def together(*checks: Callable[[], object]) -> None:
    """Each check is asked, whatever the others say; all that they refuse is one refusal."""
    found: dict[tuple[str, str], Refusal] = {}
    for check in checks:
        try:
            check()
        except Refusal as said:
            for one in (said, *said.also):
                found.setdefault((one.item, one.sentence), one)
    if found:
        first, *others = found.values()
        first.also = tuple(others)
        raise first


def check_grant(role: str, centre: Centre | None, held: Sequence[str]) -> None:
    """`held`: every role that the person has or ever had. That it takes two is asked beside."""
    if role not in {r.value for r in Role} - GIVEN_BY_THE_SERVICE:
        raise Refusal(_("Choose a role of the list."), item="role")
    wanted = Role(role)
    if wanted in CENTRE_ROLES and centre is None:
        raise Refusal(
            _("%(role)s is a role at a centre. Choose the centre.") % {"role": _(wanted.label)},
            item="centre",
        )
    if wanted not in CENTRE_ROLES and centre is not None:
        raise Refusal(
            _("%(role)s is held for the whole trial. Leave the centre empty.")
            % {"role": _(wanted.label)},
            item="centre",
        )
    for other in held:
        if frozenset({wanted, Role(other)}) in FORBIDDEN_PAIRS:
            raise Refusal(
                _("This person is or was %(held)s; the same account can't be %(wanted)s.")
                % {"held": _(Role(other).label), "wanted": _(wanted.label)},
                item="role",
            )
