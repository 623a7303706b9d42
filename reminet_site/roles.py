"""Role x verb: who may do what. The code, the documentation and the crawl test read this table.

A right is held where its grant is: at one centre, or at every centre for the roles of the sponsor.
When an act is possible (locked, already randomised, ...) is a rule, in the rules of its app.
"""

from enum import StrEnum

from django.utils.translation import gettext_noop


class Role(StrEnum):
    PRINCIPAL_INVESTIGATOR = "principal_investigator"
    INVESTIGATOR = "investigator"
    SITE_COORDINATOR = "site_coordinator"
    PHARMACIST = "pharmacist"
    MONITOR = "monitor"
    DATA_MANAGER = "data_manager"
    TRIAL_STATISTICIAN = "trial_statistician"
    DMC_STATISTICIAN = "dmc_statistician"
    DMC_MEMBER = "dmc_member"
    CUSTODIAN = "custodian"
    SUPPLY_MANAGER = "supply_manager"
    CENTRAL_READER = "central_reader"
    SAFETY_PHYSICIAN = "safety_physician"
    SPONSOR_MANAGER = "sponsor_manager"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    CENTRE_READER = "centre_reader"

    @property
    def label(self) -> str:
        return ROLE_LABELS[self]


def role_words(name: str) -> str:
    """The label of a role as a row of the trail names it; the name itself for a system's."""
    return Role(name).label if name in set(Role) else name


# In English, for records and mails; a page translates them.
ROLE_LABELS = {
    Role.PRINCIPAL_INVESTIGATOR: gettext_noop("Principal investigator"),
    Role.INVESTIGATOR: gettext_noop("Investigator"),
    Role.SITE_COORDINATOR: gettext_noop("Trial coordinator"),
    Role.PHARMACIST: gettext_noop("Pharmacist, unblinded"),
    Role.MONITOR: gettext_noop("Monitor"),
    Role.DATA_MANAGER: gettext_noop("Data manager"),
    Role.TRIAL_STATISTICIAN: gettext_noop("Trial statistician"),
    Role.DMC_STATISTICIAN: gettext_noop("DMC statistician, unblinded"),
    Role.DMC_MEMBER: gettext_noop("DMC member, unblinded"),
    Role.CUSTODIAN: gettext_noop("Custodian of the lists"),
    Role.SUPPLY_MANAGER: gettext_noop("Supply manager, unblinded"),
    Role.CENTRAL_READER: gettext_noop("Central reader"),
    Role.SAFETY_PHYSICIAN: gettext_noop("Safety physician"),
    Role.SPONSOR_MANAGER: gettext_noop("Sponsor manager"),
    Role.AUDITOR: gettext_noop("Auditor"),
    Role.ADMINISTRATOR: gettext_noop("Administrator"),
    Role.CENTRE_READER: gettext_noop("Principal investigator, reading"),
}


class Verb(StrEnum):
    """What a route does. SIGNED_IN needs no right, only a session."""

    SIGNED_IN = "signed_in"
    READ_CASEBOOK = "read_casebook"
    READ_SERIOUS = "read_serious"
    JUDGE_EVENT = "judge_event"
    ENTER_DATA = "enter_data"
    SCREEN = "screen"
    RAISE_QUERY = "raise_query"
    ANSWER_QUERY = "answer_query"
    CLOSE_QUERY = "close_query"
    VERIFY_SOURCE = "verify_source"
    READ_ELIGIBILITY = "read_eligibility"
    ENDORSE = "endorse"
    FREEZE = "freeze"
    RANDOMISE = "randomise"
    UNBLIND = "unblind"
    READ_KITS = "read_kits"
    RECEIVE_KITS = "receive_kits"
    DISPENSE = "dispense"
    REGISTER_KITS = "register_kits"
    READ_SUPPLY = "read_supply"
    READ_ACCRUAL = "read_accrual"
    READ_POOLED = "read_pooled"
    READ_BY_ARM = "read_by_arm"
    RUN_LOOK = "run_look"
    RECOMMEND = "recommend"
    READ_TRIAL_STATE = "read_trial_state"
    LOCK_TRIAL = "lock_trial"
    OPEN_BLIND = "open_blind"
    READ_FINAL = "read_final"
    MAKE_RELEASE = "make_release"
    READ_RELEASES = "read_releases"
    READ_AUDIT = "read_audit"
    TAKE_COPY = "take_copy"
    READ_COPIES = "read_copies"
    READ_TAKINGS = "read_takings"
    READ_RETENTION = "read_retention"
    DELETE_EXPIRED = "delete_expired"
    REDACT = "redact"
    MANAGE_ACCOUNTS = "manage_accounts"
    MANAGE_CENTRES = "manage_centres"
    READ_ACCESS = "read_access"
    READ_TEAM = "read_team"
    RECORD_DUTIES = "record_duties"
    CUSTODY = "custody"
    READ_READINGS = "read_readings"
    READ_REVIEW = "read_review"
    READ_IMAGES = "read_images"


# How an act is told: to auditors, in docs/roles.md, in the report of rights.
WORDS = {
    Verb.READ_CASEBOOK: gettext_noop("read participants' data"),
    Verb.READ_SERIOUS: gettext_noop("read the list of serious events"),
    Verb.JUDGE_EVENT: gettext_noop("judge a serious event for the sponsor"),
    Verb.ENTER_DATA: gettext_noop("enter data"),
    Verb.SCREEN: gettext_noop("screen participants"),
    Verb.RAISE_QUERY: gettext_noop("raise query"),
    Verb.ANSWER_QUERY: gettext_noop("answer query"),
    Verb.CLOSE_QUERY: gettext_noop("close query"),
    Verb.VERIFY_SOURCE: gettext_noop("verify entries against the source"),
    Verb.READ_ELIGIBILITY: gettext_noop("read eligibility"),
    Verb.ENDORSE: gettext_noop("sign casebooks"),
    Verb.FREEZE: gettext_noop("freeze casebooks"),
    Verb.RANDOMISE: gettext_noop("randomise"),
    Verb.UNBLIND: gettext_noop("unblind one participant"),
    Verb.READ_KITS: gettext_noop("read kits"),
    Verb.RECEIVE_KITS: gettext_noop("receive kits"),
    Verb.DISPENSE: gettext_noop("dispense"),
    Verb.REGISTER_KITS: gettext_noop("register kits"),
    Verb.READ_SUPPLY: gettext_noop("read the supply of all centres"),
    Verb.READ_ACCRUAL: gettext_noop("read accrual"),
    Verb.READ_POOLED: gettext_noop("read pooled results"),
    Verb.READ_BY_ARM: gettext_noop("read results by arm"),
    Verb.RUN_LOOK: gettext_noop("ask for a look of the committee"),
    Verb.RECOMMEND: gettext_noop("record what the committee recommends"),
    Verb.READ_TRIAL_STATE: gettext_noop("read the state of the trial"),
    Verb.LOCK_TRIAL: gettext_noop("lock the trial"),
    Verb.OPEN_BLIND: gettext_noop("open the blind, as one of two"),
    Verb.READ_FINAL: gettext_noop("read the final analysis"),
    Verb.MAKE_RELEASE: gettext_noop("make release"),
    Verb.READ_RELEASES: gettext_noop("read releases"),
    Verb.READ_AUDIT: gettext_noop("read the audit trail"),
    Verb.TAKE_COPY: gettext_noop("take the centre's certified copy"),
    Verb.READ_COPIES: gettext_noop("read which copies were taken"),
    Verb.READ_TAKINGS: gettext_noop("read takings"),
    Verb.READ_RETENTION: gettext_noop("read retention"),
    Verb.DELETE_EXPIRED: gettext_noop("delete expired"),
    Verb.REDACT: gettext_noop("redact a value, as one of two"),
    Verb.MANAGE_ACCOUNTS: gettext_noop("manage accounts and roles"),
    Verb.MANAGE_CENTRES: gettext_noop("add, activate and close centres"),
    Verb.READ_ACCESS: gettext_noop("read who could do what"),
    Verb.READ_TEAM: gettext_noop("read the delegation log"),
    Verb.RECORD_DUTIES: gettext_noop("record training or delegation"),
    Verb.CUSTODY: gettext_noop("keep the lists and keys"),
    Verb.READ_READINGS: gettext_noop("read who read unblinded information"),
    Verb.READ_REVIEW: gettext_noop("read what the central review saw"),
    Verb.READ_IMAGES: gettext_noop("read images for the central review"),
}


def words(verb: Verb) -> str:
    return WORDS.get(verb) or verb.value.replace("_", " ")


CLINIC = frozenset(
    {
        Verb.READ_CASEBOOK,
        Verb.READ_SERIOUS,
        Verb.ENTER_DATA,
        Verb.SCREEN,
        Verb.ANSWER_QUERY,
        Verb.READ_ELIGIBILITY,
        Verb.READ_KITS,
        Verb.RECEIVE_KITS,
        Verb.DISPENSE,
        Verb.READ_ACCRUAL,
    }
)
PHYSICIAN = CLINIC | {Verb.ENDORSE, Verb.RANDOMISE, Verb.UNBLIND}

RIGHTS: dict[Role, frozenset[Verb]] = {
    Role.PRINCIPAL_INVESTIGATOR: PHYSICIAN
    | {
        Verb.READ_TAKINGS,
        Verb.READ_AUDIT,
        Verb.REDACT,
        Verb.TAKE_COPY,
        Verb.READ_COPIES,
        Verb.READ_TEAM,
        Verb.RECORD_DUTIES,
    },
    Role.INVESTIGATOR: PHYSICIAN,
    Role.SITE_COORDINATOR: CLINIC,
    Role.PHARMACIST: frozenset({Verb.READ_KITS, Verb.RECEIVE_KITS, Verb.READ_ACCRUAL}),
    Role.MONITOR: frozenset(
        {
            Verb.READ_CASEBOOK,
            Verb.READ_SERIOUS,
            Verb.RAISE_QUERY,
            Verb.CLOSE_QUERY,
            Verb.VERIFY_SOURCE,
            Verb.READ_ELIGIBILITY,
            Verb.READ_KITS,
            Verb.READ_SUPPLY,
            Verb.READ_ACCRUAL,
            Verb.READ_AUDIT,
            Verb.READ_TEAM,
        }
    ),
    Role.DATA_MANAGER: frozenset(
        {
            Verb.READ_CASEBOOK,
            Verb.READ_SERIOUS,
            Verb.RAISE_QUERY,
            Verb.CLOSE_QUERY,
            Verb.READ_ELIGIBILITY,
            Verb.READ_ACCRUAL,
            Verb.READ_REVIEW,
            Verb.READ_TRIAL_STATE,
            Verb.FREEZE,
            Verb.LOCK_TRIAL,
            Verb.READ_RELEASES,
            Verb.READ_AUDIT,
            Verb.READ_TAKINGS,
            Verb.READ_RETENTION,
            Verb.DELETE_EXPIRED,
            Verb.REDACT,
        }
    ),
    Role.TRIAL_STATISTICIAN: frozenset(
        {
            Verb.READ_ACCRUAL,
            Verb.READ_POOLED,
            Verb.READ_TRIAL_STATE,
            Verb.OPEN_BLIND,
            Verb.READ_FINAL,
            Verb.MAKE_RELEASE,
            Verb.READ_RELEASES,
        }
    ),
    Role.DMC_STATISTICIAN: frozenset({Verb.READ_ACCRUAL, Verb.READ_BY_ARM, Verb.RUN_LOOK}),
    Role.DMC_MEMBER: frozenset({Verb.READ_ACCRUAL, Verb.READ_BY_ARM, Verb.RECOMMEND}),
    Role.CUSTODIAN: frozenset({Verb.CUSTODY, Verb.READ_ACCRUAL, Verb.READ_READINGS}),
    # The custodian's own readings are read by somebody else, who knows arms too.
    Role.SUPPLY_MANAGER: frozenset(
        {
            Verb.READ_KITS,
            Verb.REGISTER_KITS,
            Verb.READ_SUPPLY,
            Verb.READ_ACCRUAL,
            Verb.READ_READINGS,
        }
    ),
    Role.CENTRAL_READER: frozenset({Verb.READ_ACCRUAL, Verb.READ_REVIEW, Verb.READ_IMAGES}),
    Role.SAFETY_PHYSICIAN: frozenset(
        {
            Verb.READ_CASEBOOK,
            Verb.READ_SERIOUS,
            Verb.JUDGE_EVENT,
            Verb.UNBLIND,
            Verb.READ_ACCRUAL,
        }
    ),
    Role.SPONSOR_MANAGER: frozenset(
        {
            Verb.READ_SERIOUS,
            Verb.READ_ACCRUAL,
            Verb.READ_POOLED,
            Verb.READ_KITS,
            Verb.READ_SUPPLY,
            Verb.READ_TRIAL_STATE,
            Verb.OPEN_BLIND,
            Verb.READ_RETENTION,
            Verb.DELETE_EXPIRED,
            Verb.MANAGE_CENTRES,
            Verb.READ_TEAM,
            Verb.RECORD_DUTIES,
        }
    ),
    Role.AUDITOR: frozenset(
        {
            Verb.READ_CASEBOOK,
            Verb.READ_SERIOUS,
            Verb.READ_ELIGIBILITY,
            Verb.READ_KITS,
            Verb.READ_SUPPLY,
            Verb.READ_ACCRUAL,
            Verb.READ_REVIEW,
            Verb.READ_TRIAL_STATE,
            Verb.READ_AUDIT,
            Verb.READ_COPIES,
            Verb.READ_TAKINGS,
            Verb.READ_RETENTION,
            Verb.READ_ACCESS,
            Verb.READ_TEAM,
        }
    ),
    Role.ADMINISTRATOR: frozenset(
        {Verb.MANAGE_ACCOUNTS, Verb.READ_ACCESS, Verb.READ_TEAM, Verb.RECORD_DUTIES}
    ),
    # What is left to the principal investigator of a closed centre.
    Role.CENTRE_READER: frozenset(
        {
            Verb.READ_CASEBOOK,
            Verb.READ_SERIOUS,
            Verb.READ_ELIGIBILITY,
            Verb.READ_AUDIT,
            Verb.READ_ACCRUAL,
            Verb.READ_TEAM,
            Verb.TAKE_COPY,
            Verb.READ_COPIES,
        }
    ),
}

# Roles that are held at one centre; the others are held for the whole trial.
CENTRE_ROLES = frozenset(
    {
        Role.PRINCIPAL_INVESTIGATOR,
        Role.INVESTIGATOR,
        Role.SITE_COORDINATOR,
        Role.PHARMACIST,
        Role.CENTRE_READER,
    }
)

# Never granted: reminet_site_heldrole gives it, see sql/access.sql.
GIVEN_BY_THE_SERVICE = frozenset({Role.CENTRE_READER})

# Who knows, or can work out, an arm.
UNBLINDED_ROLES = frozenset(
    {
        Role.PHARMACIST,
        Role.DMC_STATISTICIAN,
        Role.DMC_MEMBER,
        Role.CUSTODIAN,
        Role.SUPPLY_MANAGER,
    }
)

# Granting one takes two persons: whoever may learn an arm, or bring one about, or gives roles.
LEADING_TO_ARMS = frozenset({Verb.RANDOMISE, Verb.UNBLIND, Verb.OPEN_BLIND})
TWO_PERSON_ROLES = (
    UNBLINDED_ROLES
    | {role for role in Role if RIGHTS[role] & LEADING_TO_ARMS}
    | {Role.ADMINISTRATOR}
)

# What shows how the centres judged the tumours of participants, one by one or together.
LEADING_TO_RESPONSES = frozenset(
    {
        Verb.READ_CASEBOOK,
        Verb.READ_SERIOUS,
        Verb.READ_POOLED,
        Verb.READ_FINAL,
        Verb.READ_RELEASES,
        Verb.MAKE_RELEASE,
    }
)

# No account holds, or has ever held, both sides of such a pair.
BLINDED_ROLES = frozenset(Role) - UNBLINDED_ROLES
FORBIDDEN_PAIRS = (
    frozenset(
        frozenset({unblinded, blinded})
        for unblinded in UNBLINDED_ROLES
        for blinded in BLINDED_ROLES
    )
    | frozenset(
        frozenset({Role.ADMINISTRATOR, role}) for role in Role if role is not Role.ADMINISTRATOR
    )
    # who reads images must not know what the centres made of them, nor what comes of it
    | frozenset(
        frozenset({Role.CENTRAL_READER, role})
        for role in Role
        if RIGHTS[role] & LEADING_TO_RESPONSES
    )
)
