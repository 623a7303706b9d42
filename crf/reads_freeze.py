"""What is saved in a casebook, and what of it is frozen."""

from collections.abc import Sequence
from dataclasses import dataclass

from crf import reads, study
from crf.models import DataQuery, Draft, Entry, Freeze, Participant
from crf.reads import Held


@dataclass(frozen=True, slots=True)
class Saved:
    """`versions`: entry -> version, of those that a freeze would hold; `held`: what the freeze in
    force holds, None where there is none."""

    versions: dict[int, int]
    held: Held | None
    blanks: int  # of them, with items left blank
    queries: int  # not closed
    drafts: int  # typed and not saved, by anybody

    @property
    def since(self) -> int:
        """How many no freeze holds."""
        return len(self.versions.keys() - (self.held.entries if self.held else frozenset()))

    @property
    def mark(self) -> str:
        """Another one after every save: versions only grow."""
        return f"{len(self.versions)}-{sum(self.versions.values())}"


def saved_of(participant: Participant) -> Saved:
    """The form of serious events is left out: no freeze holds it."""
    serious = study.current().definition.trial.landmarks.serious
    entries = Entry.objects.filter(participant=participant)
    if serious:
        entries = entries.exclude(form=serious.form)
    rows = list(entries.values_list("pk", "version", "filled", "expected"))
    return Saved(
        versions={pk: version for pk, version, _filled, _expected in rows},
        held=held_of(participant),
        blanks=sum(filled < expected for _pk, _version, filled, expected in rows),
        queries=DataQuery.objects.filter(reads.NOT_CLOSED, participant=participant).count(),
        drafts=Draft.objects.filter(participant=participant).count(),
    )


def held_of(participant: Participant) -> Held | None:
    return held_by(participant=participant).get(participant.pk)


def held_by(**where: object) -> dict[int, Held]:
    """participant -> what the freeze in force holds; one statement."""
    last = Freeze.objects.filter(**where).order_by("participant_id", "-id")
    rows = last.distinct("participant_id").values_list("participant_id", "frozen", "at", "held")
    return {pk: Held(at, frozenset(held)) for pk, frozen, at, held in rows if frozen}


def history_of(participant: Participant) -> Sequence[Freeze]:
    """The newest first."""
    return Freeze.objects.filter(participant=participant).select_related("by").order_by("-id")
