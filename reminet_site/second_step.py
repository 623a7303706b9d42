"""The code of the second step, at sign-in and again later; a wrong one is remembered."""

from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from django.core.exceptions import ValidationError

from reminet_site.adapters import remember


class Code(AuthenticateForm):
    def clean_code(self) -> str:
        try:
            return super().clean_code()
        except ValidationError:
            remember(context.request, "sign-in failed", self.user, "second step")
            raise


class CodeAgain(ReauthenticateForm):
    def clean_code(self) -> str:
        try:
            return super().clean_code()
        except ValidationError:
            remember(context.request, "re-authentication failed", self.user, "second step")
            raise
