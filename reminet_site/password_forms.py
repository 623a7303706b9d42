"""allauth's form that asks for the password again, by the one function that counts wrong ones."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import ChangePasswordForm
from allauth.core import context

from reminet_site.adapters import password_kept


class ChangePassword(ChangePasswordForm):  # type: ignore[misc]
    def clean_oldpassword(self) -> Any:
        typed = self.cleaned_data.get("oldpassword", "")
        if not password_kept(context.request, typed):
            raise get_adapter().validation_error("enter_current_password")
        return typed
