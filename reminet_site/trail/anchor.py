"""The daily anchor: the heads of all chains, signed, kept outside the database.

Each anchor names the SHA-256 of the one before it, so that none can be taken away in the middle.
"""

import hashlib
import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.mail import EmailMessage

from reminet_site import build
from reminet_site.audit import note
from reminet_site.clock import now
from reminet_site.context import Actor, acting
from reminet_site.errors import Refusal
from reminet_site.models import User
from reminet_site.roles import Role
from reminet_site.trail import clock
from reminet_site.trail.clock import StepsBack, steps_back
from reminet_site.trail.export import heads, one_moment

log = logging.getLogger("reminet")
ACTOR = Actor.system("anchor")


@dataclass(frozen=True)
class Anchor:
    path: Path
    sha256: str
    chains: int
    public_key: str


def folder() -> Path:
    found = Path(settings.DATA_DIR) / "anchors"
    found.mkdir(parents=True, exist_ok=True, mode=0o700)
    return found


def key() -> Ed25519PrivateKey:
    if len(settings.ANCHOR_KEY) != 32:
        raise Refusal("ANCHOR_KEY is not set: base64 of 32 random bytes, see .env.example.")
    return Ed25519PrivateKey.from_private_bytes(settings.ANCHOR_KEY)


def public_key() -> str:
    return key().public_key().public_bytes_raw().hex()


def make() -> Anchor:
    """A new anchor of this moment; never over an older one."""
    newest = newest_file()
    with one_moment(ACTOR):
        found = heads()
        steps = steps_back(json.loads(newest).get("last_row", 0) if newest else 0)
    made_at = now()
    day = made_at.date().isoformat()
    content = {
        "format": "reminet anchor 1",
        "service": settings.SITE_URL,
        "day": day,
        "made_at": made_at.isoformat(timespec="microseconds"),
        "build": build.identity().as_json(),
        "previous": hashlib.sha256(newest).hexdigest() if newest else "",
        "public_key": public_key(),
        "heads": found,
        "last_row": steps.last_row,
        "clock_steps_back": steps.count,
    }
    raw = signed(content)
    path = put(day, raw)
    anchor = Anchor(path, hashlib.sha256(raw).hexdigest(), len(found), content["public_key"])
    with acting(ACTOR):
        note("anchor", path.name, detail=anchor.sha256)
        if steps.count:
            note(clock.ACT, path.name, detail=steps.sentence)
    tell_sponsor(anchor, raw, steps)
    return anchor


def make_daily() -> Anchor | None:
    """Today's anchor; None where there is one, as when a message is delivered twice."""
    if (folder() / f"{now().date().isoformat()}.json").exists():
        return None
    return make()


def signed(content: dict) -> bytes:
    """The file: what is signed is the content without white space, its keys in order."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
    whole = content | {"signature": key().sign(text).hex()}
    return json.dumps(whole, indent=1, sort_keys=True).encode() + b"\n"


def newest_file() -> bytes:
    """The newest anchor as it lies there, empty where this is the first."""
    files = [(json.loads(f.read_bytes())["made_at"], f) for f in folder().glob("*.json")]
    return max(files)[1].read_bytes() if files else b""


def put(day: str, raw: bytes) -> Path:
    """2026-11-23.json, then 2026-11-23.2.json, and so on."""
    number = 1
    while True:
        path = folder() / (f"{day}.json" if number == 1 else f"{day}.{number}.json")
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o440), "wb") as f:
                f.write(raw)
                f.flush()
                os.fsync(f.fileno())
            return path
        except FileExistsError:
            number += 1


def tell_sponsor(anchor: Anchor, raw: bytes, steps: StepsBack) -> None:
    """The anchor leaves this machine by mail; a mail that fails leaves the file."""
    alert = f"ALERT. {steps.sentence}. Ask who set it.\n\n" if steps.count else ""
    text = alert + (
        f"The audit trail was anchored: {anchor.chains} chains.\n\n"
        f"File        {anchor.path.name}\n"
        f"SHA-256     {anchor.sha256}\n"
        f"Public key  {anchor.public_key}\n\n"
        "Keep this message and its attachment outside the service. With them the audit trail can "
        "be checked later: docs/audit.md says how. Nothing in them is data of a participant.\n"
    )
    people = User.objects.filter(
        is_active=True, grants__role=Role.SPONSOR_MANAGER, grants__revoked_at__isnull=True
    )
    for address in people.order_by("email").values_list("email", flat=True).distinct():
        word = ", the clock stepped back" if alert else ""
        mail = EmailMessage(f"Audit trail anchored, {anchor.path.stem}{word}", text, to=[address])
        mail.attach(anchor.path.name, raw, "application/json")
        try:
            mail.send()
        except OSError:
            log.exception("the anchor was not sent")
