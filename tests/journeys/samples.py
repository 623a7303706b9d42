"""Sample data for the gallery: one entry a page, (template, context). All of it is made up."""

from dataclasses import replace
from types import SimpleNamespace

from markupsafe import Markup

from reminet_site.shell import DemonstrationAccount, Link, Message, Shell

RIBBON = (
    "Synthetic participants, simulated clock 15 Oct 2019, 10:42. "
    "Nothing here is a result of the trial."
)
CSRF = Markup('<input type="hidden" name="csrfmiddlewaretoken" value="sample">')


WHO = SimpleNamespace(name="Anne Petit", email="anne.petit@example.org")
UNSIGNED = {"signed": (), "sign_again": False}


def shell(current: str = "", **changes) -> Shell:
    """The frame as an investigator of CHU Dijon sees it; `current` is the place in the menu."""
    places = ("Work list", "Participants", "Queries", "Randomisation", "Kits")
    nav = tuple(Link(p, "#main", p == current, 5 if p == "Queries" else None) for p in places)
    centres = (
        Link("FR-05 CHU Dijon", "#main", True, note="19 tasks"),
        Link("FR-11 Beaune", "#main", note="4 tasks"),
    )
    given: dict = dict(  # noqa: C408
        facts=(
            ("Sponsor", "FFCD 1301"),
            ("EudraCT", "2013-004069-14"),
            ("Registry", "NCT02288377"),
        ),
        trial_note="PRODIGE 31",
        title="PRODIGE 31 REMINET",
        summary="Lanreotide as maintenance treatment after first-line treatment",
        signed_in=True,
        languages=("en", "fr"),
        person="Claire Morel",
        role="Investigator",
        nav=nav,
        centre="FR-05 CHU Dijon",
        centres=centres,
        can_find=True,
        definition="1.0",
        definition_hash="9c41e0a7d2",
        timezone="Europe/Paris",
        demonstration=RIBBON,
    )
    return Shell(**(given | changes))


def base(current: str = "", **changes) -> dict:
    return {"shell": shell(current, **changes), "csrf_input": CSRF}


def sign_in() -> dict:
    from django import forms

    class Login(forms.Form):
        login = forms.EmailField()
        password = forms.CharField()

        def clean(self):
            raise forms.ValidationError("E-mail and password do not match. Type both again.")

    roles = ("Investigator", "Site coordinator", "Data manager", "Trial statistician")
    accounts = tuple(
        DemonstrationAccount(
            f"{r.lower().replace(' ', '.')}@demonstration.example", r, "FR-05 CHU Dijon"
        )
        for r in roles
    )
    out = base()
    out["shell"] = replace(
        out["shell"],
        signed_in=False,
        demonstration_accounts=accounts,
        demonstration_password="only-for-show",
    )
    out |= {"form": Login({"login": "a@b.example", "password": "x"}), "redirect_field": None}
    return out | {"PASSKEY_LOGIN_ENABLED": False}


FORMS = (
    ("CONSENT", "SCR", "Screening"),
    ("DEMOG", "SCR", "Screening"),
    ("TUMOUR", "SCR", "Screening"),
    ("VITALS", "SCR", "Screening"),
    ("LAB", "SCR", "Screening"),
    ("RECIST_BASE", "SCR", "Screening"),
    ("ELIG", "SCR", "Screening"),
    ("RECIST", "ASM-06", "Month 6"),
    ("INJ", "INJ-03", "Injection 3"),
    ("AE", "LOG", "Log"),
    ("EOT", "EOT", "End of treatment"),
)


def screen(**more):
    from crf.presenters.participants import ScreenPage

    return ScreenPage("CHU Dijon", "FR-05", "FR-05-012", "15/10/2019", **more)


def gate(page) -> dict:
    return {"page": page, "statement": "I have checked the criteria of eligibility."}


def pages() -> dict[str, tuple[str, dict]]:
    """Every page of the gallery by name."""
    import django
    from django.conf import settings

    if not settings.configured:
        settings.configure(USE_I18N=False)
        django.setup()
    missing = {
        "status": 404,
        "sentence": "No participant FR-05-030.",
        "links": (Link("Work list", "#main"),),
    }
    saved = (Message("Saved as version 3.", "1 query answered.", "done"),)
    from tests.journeys import sample_crf as crf
    from tests.journeys import sample_randomisation as drawn
    from tests.journeys.sample_form import sample_draft, sample_page

    return {
        "form": ("crf/form.html", base("Participants") | {"page": sample_page()}),
        "draft": ("crf/draft.html", base() | {"page": sample_draft()}),
        **{
            f"form-{name.lower()}": (
                "crf/form.html",
                base("Participants") | {"page": crf.real_form(name, visit, title)},
            )
            for name, visit, title in FORMS
        },
        "casebook": (
            "crf/casebook.html",
            base("Participants") | {"page": crf.casebook_page(), "signed": (), "titles": {}},
        ),
        "home": ("crf/centre_home.html", base("Work list") | {"page": crf.home_page()}),
        "home-empty": ("crf/centre_home.html", base("Work list") | {"page": crf.home_page(True)}),
        "home-locked": (
            "crf/centre_home.html",
            base("Work list") | {"page": crf.home_page(locked=crf.LOCKED)},
        ),
        "participants": (
            "crf/participants.html",
            base("Participants") | {"page": crf.participants_page()},
        ),
        "screen": ("crf/screen.html", base() | {"page": screen()}),
        "screen-locked": ("crf/screen.html", base() | {"page": screen(closed=crf.LOCKED)}),
        "queries": ("crf/queries.html", base("Queries") | {"page": crf.queries_page()}),
        "serious": ("crf/serious_events.html", base() | {"page": crf.serious_page()}),
        "serious-event": (
            "crf/serious_event.html",
            base() | {"page": crf.event_page(), "said": None},
        ),
        "central-review": ("crf/central_review.html", base() | {"page": crf.review_page()}),
        "central-review-empty": (
            "crf/central_review.html",
            base() | {"page": crf.review_page(True)},
        ),
        "central-reading": (
            "crf/central_reading.html",
            base() | {"page": crf.images_page(), "said": None},
        ),
        "serious-empty": ("crf/serious_events.html", base() | {"page": crf.serious_page(True)}),
        "query": ("crf/query.html", base("Queries") | {"page": crf.thread(can_close=True)}),
        "history": ("crf/history.html", base("Participants") | {"page": crf.history()}),
        "form-side": (
            "crf/form.html",
            base("Participants") | {"page": sample_page(refused=False), "side": crf.history()},
        ),
        "gate": ("randomisation/gate.html", base("Randomisation") | gate(drawn.gate())),
        "gate-read": (
            "randomisation/gate.html",
            base() | gate(drawn.gate(closed="An investigator of the centre randomises.")),
        ),
        "gate-refused": ("randomisation/gate.html", base() | gate(drawn.refused())),
        "result": (
            "randomisation/result.html",
            base() | {"page": drawn.result(), "said": None} | UNSIGNED,
        ),
        "unblind": (
            "randomisation/unblind.html",
            base() | {"page": drawn.unblind(errors={"reason": "Say why."})} | UNSIGNED,
        ),
        "unblind-arm": (
            "randomisation/unblind.html",
            base(unblinded=True)
            | {"page": drawn.unblind(arm="Sample arm", at=drawn.AT)}
            | UNSIGNED,
        ),
        "kits": ("randomisation/kits.html", base("Kits") | {"page": drawn.kits()}),
        "supply": ("randomisation/supply.html", base("Supply") | {"page": drawn.supply()}),
        "accrual": ("randomisation/accrual.html", base() | {"page": drawn.accrual()}),
        "conflict": ("crf/conflict.html", base("Participants") | {"page": crf.conflict_page()}),
        "sign-in": ("account/login.html", sign_in()),
        "error-403": (
            "reminet_site/error.html",
            base() | {"status": 403, "sentence": "Your role does not include this page."},
        ),
        "error-404": ("reminet_site/error.html", base("Participants", messages=saved) | missing),
        "empty-home": ("reminet_site/empty_home.html", base() | {"waiting": ()}),
        "account": ("reminet_site/account.html", base() | {"user": WHO, "others": ()}),
    }
