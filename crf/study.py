"""The definition that this deployment runs, as published in the database."""

import functools
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from crf.definition import CompiledForm, Definition, compile_form, load
from crf.models import DefinitionVersion
from reminet_site.clock import now
from reminet_site.context import Actor, acting


@dataclass(frozen=True)
class Study:
    """A published version: its row and what it says."""

    pk: int
    definition: Definition

    def form(self, name: str) -> CompiledForm:
        return compile_form(self.definition, name)

    def readers_of(self, name: str) -> frozenset[str]:
        """The forms of which a query check reads entries of this form."""
        return self._readers.get(name, frozenset())

    @functools.cached_property
    def _readers(self) -> dict[str, frozenset[str]]:
        asked = {one.name: self.form(one.name).queries_about for one in self.definition.forms}
        read = {name for about in asked.values() for name in about}
        return {
            name: frozenset(form for form, about in asked.items() if name in about) for name in read
        }


LOOKED_FOR = 60.0  # seconds after which a newer version is looked for
_latest: tuple[float, str, int] = (0.0, "", 0)


def current() -> Study:
    """The newest published version, looked for every LOOKED_FOR seconds."""
    from django.db import connection

    global _latest
    read_at, database, pk = _latest
    name = connection.settings_dict["NAME"]
    if not pk or database != name or time.monotonic() - read_at > LOOKED_FOR:
        pk = DefinitionVersion.objects.order_by("-id").values_list("id", flat=True)[0]
        _latest = (time.monotonic(), name, pk)
    return version(pk, name)


def published() -> tuple[str, str]:
    """(version, SHA-256) of the definition that runs."""
    definition = current().definition
    return definition.trial.version, definition.sha256


def identity(request: object) -> dict[str, Any]:
    """What the frame of every page says of the trial and of its definition."""
    definition = current().definition
    trial = definition.trial
    french = (get_language() or "en").startswith("fr") and bool(trial.title_fr)
    registers = (name.rpartition(" ") for name in trial.registers)
    return {
        "definition": trial.version,
        "definition_hash": definition.sha256,
        "trial_note": trial.acronym.replace(trial.code, "").strip(),
        "title": trial.acronym,
        "summary": trial.title_fr if french else trial.title_en,
        "facts": (
            (_("Sponsor"), trial.sponsor_code),
            *((before or _("Registry"), number) for before, _space, number in registers),
        ),
    }


@functools.lru_cache(maxsize=32)
def version(pk: int, database: str = "") -> Study:
    """A published version by its id; immutable, so kept for the life of the process."""
    body = DefinitionVersion.objects.values_list("body", flat=True).get(pk=pk)
    return Study(pk, Definition.from_json(body))


def named(sha256: str) -> Definition | None:
    """The published definition of this hash; None where there is none."""
    from django.db import connection

    pk = DefinitionVersion.objects.filter(sha256=sha256).values_list("id", flat=True).first()
    return version(pk, connection.settings_dict["NAME"]).definition if pk else None


def study_of(definition_id: int) -> Study:
    """The version that an entry was captured on."""
    from django.db import connection

    return version(definition_id, connection.settings_dict["NAME"])


def publish(folder: Path) -> tuple[DefinitionVersion, bool]:
    """The folder's definition is in the database; (version, whether it is new).

    Written by the owner's connection: the application may read definitions, not write them.
    """
    definition = load(folder)
    found = DefinitionVersion.objects.using("owner").filter(sha256=definition.sha256).first()
    if found:
        return found, False
    with acting(Actor.system("publication of the definition"), using="owner"):
        made = DefinitionVersion.objects.using("owner").create(
            version=definition.trial.version,
            sha256=definition.sha256,
            body=definition.to_json(),
            published_at=now(),
        )
    return made, True
