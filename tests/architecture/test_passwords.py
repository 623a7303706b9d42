"""A password is looked at in one place, which counts the wrong ones, records them and locks."""

import ast
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("reminet_site", "crf", "randomisation", "analysis", "simulation")
ASKS = {"check_password", "authenticate", "reauthenticate_by_password", "verify_password"}
# module -> what it calls. The token of the API is no password.
MAY = {"reminet_site/adapters.py": ASKS, "reminet_site/middleware.py": {"authenticate"}}
# allauth's forms that ask for a password: the sign-in by the adapter, the others by ours.
FORMS = {"LoginForm", "ReauthenticateForm", "ChangePasswordForm"}


def asked(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            called = node.func
            yield called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


@pytest.mark.promise("SE-03")
@pytest.mark.promise("ES-07")
def test_no_other_module_looks_at_a_password():
    found = {}
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            names = ASKS & set(asked(path))
            if names:
                found[str(path.relative_to(ROOT))] = names
    assert "reminet_site/adapters.py" in found
    assert [name for name in found if found[name] - MAY.get(name, set())] == []


@pytest.mark.promise("SE-03")
def test_forms_of_the_library_that_ask_for_a_password_are_known():
    """Another release of allauth with another such form fails here."""
    import inspect

    from allauth.account import forms

    assert settings.ACCOUNT_FORMS["change_password"].endswith("password_forms.ChangePassword")
    own = {
        name
        for name, one in inspect.getmembers(forms, inspect.isclass)
        if one.__module__ == forms.__name__
        and any(word in inspect.getsource(one) for word in ("check_password(", "authenticate("))
    }
    assert own <= FORMS
