"""What each column holds. A new column must be given a class before the tests pass.

key        ids, codes and numbers by which rows are found
person     about a member of staff
secret     hashed or signed, never shown
clinical   what is known of a participant
text       free text, which may hold anything
blind      a fact of allocation that says nothing of an arm
state      where something stands, counts, hashes, settings
time       when
figures    results pooled over arms, or sealed elsewhere
"""

CLASSES = {"key", "person", "secret", "clinical", "text", "blind", "state", "time", "figures"}


def fields(**by_class: str) -> dict[str, str]:
    return {name: kind for kind, names in by_class.items() for name in names.split()}


FIELDS = {
    "reminet_site.user": fields(
        key="id",
        person="email name",
        secret="password",
        state="is_active language density",
        time="last_login created_at",
    ),
    "reminet_site.centre": fields(
        key="id code", state="name country timezone", time="opened_on closed_on"
    ),
    "reminet_site.grant": fields(
        key="id",
        person="user granted_by seconded_by revoked_by",
        state="role centre",
        text="reason revoked_because",
        time="granted_at revoked_at",
    ),
    "reminet_site.dutyrecord": fields(
        key="id grant centre",
        state="kind",
        text="what",
        person="recorded_by",
        time="happened_on recorded_at",
    ),
    "reminet_site.accountchange": fields(
        key="id", person="user by", state="kind", text="reason", time="at"
    ),
    "reminet_site.invitation": fields(
        key="id",
        secret="secret_sha256",
        person="user sent_by",
        time="sent_at expires_at ended_at",
    ),
    "reminet_site.accessrequest": fields(
        key="id centre",
        state="kind role state",
        text="reason",
        person="user asked_by decided_by",
        time="asked_at decided_at",
    ),
    "reminet_site.accountreview": fields(
        key="id", state="period rights", text="note", person="by", time="at"
    ),
    "reminet_site.deployment": fields(
        key="id",
        state="demonstration",
        secret="seed",
        time="clinical_at clinical_set_at created_at",
    ),
    "reminet_site.restoration": fields(
        key="id",
        state="source sha256",
        person="asked_by reconciled_by",
        time="restored_at backup_at asked_at reconciled_at",
    ),
    "reminet_site.session": fields(
        secret="session_key session_data", person="user_id", time="expire_date"
    ),
    "reminet_site.securityevent": fields(
        key="id", person="user address", state="kind detail", time="at"
    ),
    "reminet_site.certifiedcopy": fields(
        key="id centre",
        person="asked_by",
        state="state stage step steps problem changes differences rows size sha256",
        time="asked_at started_at finished_at data_at taken_at removed_at",
    ),
    "reminet_site.trailcopy": fields(
        key="id",
        person="asked_by",
        state="search state rows sha256 problem",
        time="asked_at finished_at",
    ),
    "reminet_site.redaction": fields(
        key="id trail_id centre",
        state="side",
        text="reason",
        person="requested_by confirmed_by",
        time="requested_at done_at",
    ),
    "reminet_site.signature": fields(
        key="id kind record centre participant_id definition_sha256",
        person="name role by",
        state="meaning sha256",
        secret="salt",
        time="at clinical_at",
    ),
    "crf.definitionversion": fields(
        key="id version sha256", state="body", person="published_by", time="published_at"
    ),
    "crf.participant": fields(
        key="id centre number code",
        clinical="screened_on withdrawn_on",
        blind="randomised_on randomised_at randomisation_number",
    ),
    "crf.entry": fields(
        key="id participant centre visit form number definition",
        clinical="data visit_date",
        text="comments",
        state="derived version filled expected",
        person="saved_by",
        time="saved_at",
    ),
    "crf.draft": fields(
        key="id participant centre visit form number",
        clinical="raw",
        state="base_version typed_in",
        person="user",
        time="saved_at",
    ),
    "crf.dataquery": fields(
        key="id participant centre visit form number item row",
        state="check_name state",
        person="raised_by",
        time="raised_at",
    ),
    "crf.querystep": fields(
        key="id query participant centre", state="kind", text="text", person="by", time="at"
    ),
    "crf.seriousreport": fields(
        key="id entry participant centre",
        state="serious",
        time="aware_at told_at escalated_at known_at grave_at reminded_on",
    ),
    "crf.sponsoropinion": fields(
        key="id entry participant centre version",
        state="related expected",
        text="reason",
        person="by",
        time="at",
    ),
    "crf.authorityreport": fields(
        key="id entry participant centre reference",
        state="complete",
        clinical="content",
        person="by",
        time="sent_on at",
    ),
    "crf.normalrange": fields(key="id centre item", state="low high", person="by", time="since at"),
    "crf.sourcecheck": fields(
        key="id entry participant centre version", state="verified", person="by", time="at"
    ),
    "crf.freeze": fields(
        key="id participant centre",
        state="frozen held",
        text="reason",
        person="by",
        time="at",
    ),
    "crf.centralreading": fields(
        key="id entry code visit",
        clinical="response new_lesions sum_mm",
        text="comment reason",
        person="by",
        time="imaging_on at",
    ),
    "crf.importedfile": fields(
        key="id centre",
        state="form sha256 created changed unchanged",
        text="name",
        person="by",
        time="at",
    ),
    "crf.triallock": fields(
        key="id", state="locked open_queries unsigned", text="reason", person="by", time="at"
    ),
    "randomisation.scheme": fields(
        key="id name", state="plan plan_sha256 issued shipped", time="opened_at"
    ),
    "randomisation.shipment": fields(
        key="id number centre",
        person="sent_by arrived_by",
        time="sent_on sent_at arrived_on arrived_at",
    ),
    "randomisation.kit": fields(key="id number centre shipment", state="status", time="expires_on"),
    "randomisation.kitmove": fields(
        key="id kit centre",
        state="before after",
        text="reason",
        person="by",
        time="moved_on at",
    ),
    "randomisation.allocation": fields(
        key="id participant centre scheme",
        blind="randomisation_number strata kit",
        person="by",
        time="allocated_at clinical_at",
    ),
    "randomisation.dispensing": fields(
        key="id participant centre visit turn replaces",
        blind="kit",
        person="by",
        time="dispensed_on dispensed_at",
    ),
    "randomisation.lostdispensing": fields(
        key="id restoration centre participant_code visit kit_number",
        blind="position randomisation_number",
        state="outcome",
        time="given_at at",
    ),
    "randomisation.stratacorrection": fields(
        key="id participant centre factor",
        clinical="entered corrected",
        text="reason",
        person="by",
        time="at",
    ),
    "randomisation.unblindingrecord": fields(
        key="id participant centre",
        secret="token",
        text="reason",
        state="role",
        person="by",
        time="at clinical_at shown_at",
    ),
    "analysis.snapshot": fields(
        key="id",
        clinical="content",
        state="definition_sha256 sha256 counts",
        person="taken_by",
        time="data_at cutoff_on taken_at",
    ),
    "analysis.run": fields(
        key="id",
        state="kind cut plan definition code state stage step why snapshot same_as",
        figures="result agreement",
        person="asked_by",
        time="data_at cutoff_on asked_at started_at finished_at checked_at",
    ),
    "analysis.look": fields(
        key="id number",
        state="run plan events events_planned",
        text="reason",
        person="asked_by",
        time="asked_at",
    ),
    "analysis.recommendation": fields(
        key="id look", state="verdict grounds_sha256", text="asked", person="by", time="at"
    ),
    "analysis.blindopening": fields(
        key="id",
        person="requested_by requested_role confirmed_by confirmed_role",
        text="reason",
        time="requested_at confirmed_at",
    ),
    "analysis.release": fields(
        key="id name",
        text="note",
        state="blind state stage step steps snapshot problem sha256 size rows manifest",
        person="asked_by",
        time="cutoff_on asked_at started_at finished_at",
    ),
    "analysis.deletion": fields(
        key="id", state="items", person="asked_by confirmed_by", time="due_on asked_at confirmed_at"
    ),
    "analysis.releasedownload": fields(key="id release", person="by", state="way", time="at"),
}
