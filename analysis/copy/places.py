"""What a copy is made of: the tables beside the entries, a list to read. No arm is in any.

A table of the wall that is not in this list is left out of every copy; a test says which are, and
why.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import ForeignKey, Model, OuterRef, QuerySet, Subquery

from crf.models import (
    AuthorityReport,
    DataQuery,
    DefinitionVersion,
    Freeze,
    ImportedFile,
    NormalRange,
    Participant,
    QueryStep,
    SeriousReport,
    SourceCheck,
    SponsorOpinion,
)
from randomisation.models import (
    Allocation,
    Dispensing,
    Kit,
    KitMove,
    LostDispensing,
    Shipment,
    StrataCorrection,
    UnblindingRecord,
)
from reminet_site.access.models import AccessRequest, DutyRecord
from reminet_site.models import Centre, Grant, User
from reminet_site.signatures.models import Signature

CODE = "participant_code"  # added to rows that have the participant's number alone

# How a row of another table is named in a copy.
NAMES: dict[Any, str] = {
    Participant: "code",
    Centre: "code",
    User: "name",
    Kit: "number",
    Shipment: "number",
    DefinitionVersion: "sha256",
}


@dataclass(frozen=True)
class Table:
    """Rows of one model, all its columns but `skip`; ordered by participant where it has one.

    `by_number`: the participant stands there as a number, without a relation.
    """

    name: str
    model: type[Model]
    title: str
    centre: str = "centre"
    skip: tuple[str, ...] = ()
    by_number: bool = False

    @property
    def of_participant(self) -> bool:
        return self.model is Participant or "participant" in self.fields

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(f.name for f in self.model._meta.concrete_fields if f.name not in self.skip)

    @property
    def columns(self) -> dict[str, str]:
        """Column of the copy -> path to it. People by name, and by id where names are alike."""
        found = {"participant": CODE} if self.by_number else {}
        for name in self.fields:
            field = self.model._meta.get_field(name)
            if not isinstance(field, ForeignKey):
                found[name] = name
            elif field.related_model in NAMES:
                found[name] = f"{name}__{NAMES[field.related_model]}"
                if field.related_model is User:
                    found[f"{name}_id"] = f"{name}_id"
            else:
                found[f"{name}_id"] = f"{name}_id"
        if self.model is Participant:
            found = {"participant" if k == "code" else k: v for k, v in found.items()}
        return found

    @property
    def rows(self) -> QuerySet[Any]:
        found: QuerySet[Any] = self.model._default_manager.all()
        if not self.by_number:
            return found
        code = Participant.objects.filter(pk=OuterRef("participant_id")).values("code")
        return found.annotate(**{CODE: Subquery(code)})

    @property
    def order(self) -> tuple[str, ...]:
        if self.model is Participant:
            return ("code",)
        if self.by_number:
            return (CODE, "id")
        return ("participant__code", "id") if self.of_participant else ("centre__code", "id")


TABLES = (
    Table("participants", Participant, "Participants, the screening list"),
    Table("queries", DataQuery, "Data queries"),
    Table("query_steps", QueryStep, "What was said in data queries"),
    Table("allocations", Allocation, "Randomisations, without the arm", skip=("scheme",)),
    Table("dispensings", Dispensing, "Kits given"),
    Table("kit_moves", KitMove, "Kits set aside, missing, returned or destroyed"),
    Table("lost_dispensings", LostDispensing, "Kits that the log of allocations says were given"),
    Table("strata_corrections", StrataCorrection, "Strata found wrong after randomisation"),
    Table(
        "unblindings",
        UnblindingRecord,
        "Who asked for an arm, when and why; never which",
        skip=("token",),
    ),
    Table(
        "signatures",
        Signature,
        "Who signed what, when, with which meaning",
        skip=("salt",),
        by_number=True,
    ),
    Table("serious_reports", SeriousReport, "Serious events: known when, told to the sponsor when"),
    Table("sponsor_opinions", SponsorOpinion, "What the sponsor thought of serious events"),
    Table("authority_reports", AuthorityReport, "Reports of suspected reactions to the authority"),
    Table("freezes", Freeze, "When the casebook was frozen, when that was taken back"),
    Table("source_checks", SourceCheck, "Entries that a monitor compared with the source"),
    Table("normal_limits", NormalRange, "The centre's normal limits"),
    Table("imported_files", ImportedFile, "Files of entries that were imported, without the file"),
    Table("shipments", Shipment, "Shipments of kits"),
    Table("kits", Kit, "Kits of the centre, without what they hold"),
    Table("people", Grant, "People and their roles at the centre"),
    Table("duties", DutyRecord, "Duties of people at the centre, as they were recorded"),
    Table("access_requests", AccessRequest, "Roles that were asked for, by whom, and the answer"),
)
