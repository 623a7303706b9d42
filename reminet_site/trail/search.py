"""What may be looked for in the trail, and what of it is shown. Pure: no database."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from reminet_site.errors import Refusal
from reminet_site.typed import NO_DAY, a_day

# Not redacted: nobody typed it, and without its values it would prove nothing any more.
KEPT_WHOLE = frozenset({"act", "reminet_site_signature"})
# What the page and its CSV show: whole tables, or columns of one. What is not named here is not
# shown to anybody by this way: pooled figures, kits by participant, looks of the committee.
WHOLE = (
    "crf_entry",
    "crf_participant",
    "crf_dataquery",
    "crf_querystep",
    "crf_triallock",
    "crf_seriousreport",
    "crf_sponsoropinion",
    "crf_authorityreport",
    "crf_importedfile",
    "crf_sourcecheck",
    "crf_centralreading",
    "crf_definitionversion",
    "randomisation_stratacorrection",
    "reminet_site_grant",
    "reminet_site_centre",
    "reminet_site_redaction",
    "reminet_site_dutyrecord",
    "reminet_site_accountchange",
    "reminet_site_accessrequest",
    "reminet_site_invitation",
    "reminet_site_accountreview",
    "analysis_recommendation",
    "analysis_blindopening",
    "analysis_releasedownload",
    "analysis_deletion",
)
COLUMNS = {
    "crf_freeze": "frozen reason at by_id",
    "reminet_site_user": "name email is_active",
    "reminet_site_certifiedcopy": "state data_at sha256 rows differences taken_at removed_at",
    "reminet_site_signature": "kind record meaning sha256",
    "reminet_site_trailcopy": "state rows sha256",
    "randomisation_allocation": "randomisation_number strata allocated_at clinical_at by_id",
    "randomisation_dispensing": "visit turn dispensed_on dispensed_at by_id",
    "randomisation_kit": "number status expires_on",
    "randomisation_kitmove": "before after moved_on reason",
    "randomisation_unblindingrecord": "reason role at shown_at by_id",
    "analysis_release": "name note blind state sha256 rows",
}
PARTS = tuple(f"{table}#{name}" for table, names in COLUMNS.items() for name in names.split())
CHANGES = (gettext_noop("create"), gettext_noop("change"), gettext_noop("clear"))
ACTS = (
    gettext_noop("sign-in"),
    gettext_noop("sign-in failed"),
    gettext_noop("locked out"),
    gettext_noop("re-authentication failed"),
    gettext_noop("sign-out"),
    gettext_noop("password chosen"),
    gettext_noop("second step set up"),
    gettext_noop("second step removed"),
    gettext_noop("API token made"),
    gettext_noop("API token revoked"),
    gettext_noop("export"),
    gettext_noop("download"),
    gettext_noop("anchor"),
    gettext_noop("clock stepped back"),
    gettext_noop("redact"),
    gettext_noop("wording kept"),
    gettext_noop("deletion"),
)


@dataclass(frozen=True, slots=True)
class Search:
    """As typed; empty where nothing is asked."""

    participant: str = ""
    item: str = ""
    person: str = ""
    day: str = ""
    act: str = ""

    @classmethod
    def of(cls, raw: Mapping[str, str]) -> "Search":
        return cls(**{name: (raw.get(name) or "").strip()[:100] for name in cls.__slots__})

    def asked(self) -> dict[str, str]:
        return {name: value for name, value in asdict(self).items() if value}

    def check(self) -> date | None:
        """The day; a Refusal where the search would have to read the whole trail."""
        if self.act and self.act not in CHANGES + ACTS:
            raise Refusal(_("No act is called %(act)s.") % {"act": self.act}, item="act")
        day = None
        if self.day:
            day = a_day(self.day)
            if day is None:
                raise Refusal(_(NO_DAY), item="day")
        if (self.person or self.item or self.act) and not (day or self.participant):
            raise Refusal(
                _("With an item, a person or an act, give a participant or a day too."),
                item="day",
            )
        return day
