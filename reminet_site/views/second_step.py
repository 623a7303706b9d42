"""Setting up a second step and taking one away; each is in the trail and told by mail."""

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, RemoveWebAuthnView
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from reminet_site import mails, one_time_codes, second_step
from reminet_site.adapters import remember


def added(request: HttpRequest, kind: str) -> None:
    """Whoever sets it up has just shown that it works: the session is complete."""
    record_authentication(request, request.user, "mfa", type=kind)  # type: ignore[arg-type]
    remember(request, "second step set up", request.user, kind)  # type: ignore[arg-type]
    mails.second_step_changed(request.user, mails.SET_UP)


def removed(request: HttpRequest, kind: str) -> None:
    remember(request, "second step removed", request.user, kind)  # type: ignore[arg-type]
    mails.second_step_changed(request.user, mails.REMOVED)


class SetUpAuthenticator(ActivateTOTPView):
    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        held = Authenticator.objects.get(user=self.request.user, type=Authenticator.Type.TOTP)
        one_time_codes.take(held, form.cleaned_data["code"])
        added(self.request, "totp")
        return response


class AddPasskey(AddWebAuthnView):
    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        added(self.request, "webauthn")
        return response


class RemoveAuthenticator(DeactivateTOTPView):
    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        removed(self.request, "totp")
        return response


class RemovePasskey(RemoveWebAuthnView):
    def form_valid(self, form: Any) -> HttpResponse:
        authenticator = self.get_object()
        authenticator.user = self.request.user
        if not second_step.SecondStepAdapter().can_delete_authenticator(authenticator):
            messages.error(self.request, _("The last second step stays. Add another one first."))
            return redirect("mfa_list_webauthn")
        response = super().form_valid(form)
        removed(self.request, "webauthn")
        return response
