"""Which password is refused: one that is guessed quickly, or that names the trial or a centre.

There is no rule of capitals, figures or signs, and none expires: see docs/adr.
"""

import re
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from zxcvbn import zxcvbn

from reminet_site.models import Centre

LONGEST_JUDGED = 72  # the first signs; judging more takes long and says little
LEAST_SCORE = 3  # of 0 to 4: more than 100 million guesses
LEFT = 8  # signs that must remain without the words of the trial


class NotGuessable:
    """Against 30,000 leaked passwords, words, names, keyboard rows, dates, and their mixtures."""

    def validate(self, password: str, user: Any = None) -> None:
        found = zxcvbn(password[:LONGEST_JUDGED], user_inputs=context(user))
        if found["score"] < LEAST_SCORE:
            raise ValidationError(
                _(
                    "This password is guessed quickly. "
                    "Choose a few words that do not belong together."
                )
            )

    def get_help_text(self) -> str:
        return _("It is no password that others have used, and no pattern of one.")


class NotOfThisTrial:
    """The words of the trial, of its centres and of the person, and little else."""

    def validate(self, password: str, user: Any = None) -> None:
        left = password.casefold()
        for word in sorted(context(user), key=len, reverse=True):
            left = left.replace(word, "")
        if left != password.casefold() and len(re.sub(r"\W", "", left)) < LEFT:
            raise ValidationError(
                _(
                    "This password is made of the name of the trial, of a centre or of yourself. "
                    "Choose words that have nothing to do with them."
                )
            )

    def get_help_text(self) -> str:
        return _("It is not made of the name of the trial, of a centre or of the person.")


def context(user: Any) -> list[str]:
    """What somebody who knows the trial would try first; words of four letters or more."""
    texts = [settings.DEFINITION_DIR.name, *Centre.objects.values_list("code", flat=True)]
    texts += Centre.objects.values_list("name", flat=True)
    if user is not None:
        texts += [user.name, user.email]
    words = {word.casefold() for text in texts for word in [text, *re.split(r"\W+", text)]}
    return sorted(word for word in words if len(word) >= 4)
