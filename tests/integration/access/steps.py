"""What an administrator does, in plain functions; each through the page."""

import re

from django.core import mail

from reminet_site.access.models import AccessRequest
from reminet_site.context import Actor, acting
from reminet_site.models import User
from tests import people

AGAIN = {"password": people.PASSWORD}
CHOSEN = "four words that fit nowhere"


def invite(client, email="anna@hospital.example", name="Anna Meier"):
    client.post("/people/", {"name": name, "email": email, **AGAIN})
    return User.objects.filter(email=email).first()


def mailed_address():
    """Where the newest invitation leads."""
    for message in reversed(mail.outbox):
        found = re.search(r"https?://\S+?(/invitation/\S+/)", message.body)
        if found:
            return found.group(1)
    return ""


def on(client, user, act, reason="why", **sent):
    form = {"act": act, "reason": reason, **AGAIN, **sent}
    return client.post(f"/people/{user.pk}/", form)


def give(client, user, role, centre=None):
    return on(client, user, "give", role=role.value, centre=centre.code if centre else "")


def decide(client, user, act="confirm"):
    with acting(Actor.system("tests")):
        asked = AccessRequest.objects.filter(user=user).latest("id")
    return client.post("/people/requests/", {"pk": asked.pk, "act": act, **AGAIN})


def record(client, grant, kind, what="as taught", on="2026-01-05"):
    form = {"grant": grant.pk, "kind": kind, "on": on, "what": what, **AGAIN}
    return client.post(f"/centres/{grant.centre.code}/team/", form)
