"""The plan that a run follows, and its hash: frozen before the first look by arm."""

import hashlib
import json
from dataclasses import asdict

from crf.definition import Definition


def plan_hash(definition: Definition) -> str:
    """SHA-256 of the statistical plan alone: mending a form does not change it."""
    text = json.dumps(asdict(definition.plan), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
