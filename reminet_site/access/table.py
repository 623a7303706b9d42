"""The role table as text: docs/roles.md is this, and a test holds the file against it."""

from django.utils.translation import gettext_noop

from reminet_site.roles import (
    CENTRE_ROLES,
    GIVEN_BY_THE_SERVICE,
    RIGHTS,
    TWO_PERSON_ROLES,
    UNBLINDED_ROLES,
    Role,
    Verb,
    words,
)

HEAD = """# Who may do what

Written by `python manage.py roles --write` from `reminet_site/roles.py`, the table that the server
enforces; a test compares them, and another one asks every address with every method as every role.

When an act is possible (locked, already randomised, ...) is a rule beside this table. A role at a
centre counts from the records of training and delegation and the activation of the centre on:
[access.md](access.md).
"""


def facts(role: Role) -> list[str]:
    """Where it is held, and what giving it takes."""
    found = [gettext_noop("at a centre") if role in CENTRE_ROLES else gettext_noop("whole trial")]
    if role in UNBLINDED_ROLES:
        found.append(gettext_noop("unblinded"))
    if role in TWO_PERSON_ROLES:
        found.append(gettext_noop("two persons"))
    if role in GIVEN_BY_THE_SERVICE:
        found.append(gettext_noop("given by the service, never granted"))
    return found


def kind(role: Role) -> str:
    return ", ".join(facts(role))


def acts() -> list[tuple[str, list[Role]]]:
    """Each act in words, and the roles that hold it; roles in their order."""
    return [
        (words(verb), [role for role in Role if verb in RIGHTS[role]])
        for verb in Verb
        if verb is not Verb.SIGNED_IN
    ]


def markdown() -> str:
    lines = [HEAD, "| act | roles |", "|---|---|"]
    lines += [f"| {act} | {'; '.join(r.label for r in held)} |" for act, held in acts()]
    lines += ["", "| role | held | may |", "|---|---|---|"]
    for role in Role:
        may = ", ".join(words(verb) for verb in Verb if verb in RIGHTS[role])
        lines.append(f"| {role.label} | {kind(role)} | {may} |")
    lines += [
        "",
        "No account holds, or has ever held, an unblinded role and a blinded one, or Administrator "
        "and any other.",
    ]
    return "\n".join(lines) + "\n"
