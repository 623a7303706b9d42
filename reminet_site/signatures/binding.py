"""What binds a signature to its content: one hash over both. Nothing of an arm is ever signed."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from reminet_site.signatures.models import Signature

Contents = Callable[[Sequence[Signature]], list[Any]]
BOUND = (
    "kind", "record", "meaning", "name", "role", "by_id", "at", "clinical_at", "centre_id",
    "participant_id", "definition_sha256",
)  # fmt: skip


def contents(kind: str) -> Contents:
    """The function that reads what signatures of this kind are about; None where it is gone."""
    found: Contents = import_string(settings.SIGNED[kind])
    return found


def digest(signature: Signature, content: Any) -> str:
    """SHA-256 of salt and canonical text: the columns of the signature, and what was signed."""
    said = {name: plain(getattr(signature, name)) for name in BOUND}
    text = json.dumps(
        said | {"content": content}, sort_keys=True, separators=(",", ":"), default=plain
    )
    return hashlib.sha256(f"{signature.salt}{text}".encode()).hexdigest()


def plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value if value is None or isinstance(value, int | str) else str(value)


def holds(signatures: Sequence[Signature]) -> list[bool]:
    """For each: is what it is about still exactly what was signed? Computed, stored nowhere."""
    by_kind: dict[str, list[Signature]] = defaultdict(list)
    for one in signatures:
        by_kind[one.kind].append(one)
    good: dict[int, bool] = {}
    for kind, some in by_kind.items():
        found = contents(kind)(some) if kind in settings.SIGNED else [None] * len(some)
        for one, content in zip(some, found, strict=True):
            good[one.pk] = content is not None and digest(one, content) == one.sha256
    return [good[one.pk] for one in signatures]
