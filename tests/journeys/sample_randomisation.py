"""Pages of the randomisation with made-up values; the shapes are those of its presenters."""

from datetime import UTC, date, datetime
from types import SimpleNamespace as Made

AT = datetime(2019, 10, 15, 9, 6, 41, tzinfo=UTC)
HERE = {"code": "FR-05-011", "centre": "CHU Dijon", "centre_code": "FR-05"}


def criterion(number: str, text: str, value: str, source: str, state: str = "verified", **more):
    given = {"verdict": "Met", "assumed": False, "warning": "", "comment": ""} | more
    return Made(
        number=number,
        text=text,
        value=value,
        source=source,
        source_url="#main",
        state=state,
        **given,
    )


def gate(**more):
    criteria = (
        criterion(
            "I12",
            "WHO performance status 0 to 2",
            "",
            "Examination",
            "late",
            verdict="Not known yet",
            assumed=True,
        ),
        criterion(
            "I8",
            "First line for at least 2 months",
            "2.6 months",
            "Tumour history",
            "due",
            verdict="Met, outside usual",
            warning="Usually 3 to 6 months",
            comment="Stopped early for neutropenia.",
        ),
        criterion("I1", "Age at least 18", "63 years", "Demography"),
        criterion("E1", "Poorly differentiated, or G3", "No", "Tumour history", verdict="Absent"),
    )
    strata = (
        Made(
            field="stratum.centre",
            label="Centre",
            level="FR-05",
            level_label="FR-05 CHU Dijon",
            source="The participant's centre",
            source_url="",
            confirmed=True,
        ),
        Made(
            field="stratum.grade",
            label="Grade",
            level="G2",
            level_label="G2",
            source="TUMOUR",
            source_url="#main",
            confirmed=False,
        ),
        Made(
            field="stratum.response",
            label="Response",
            level="",
            level_label="",
            source="TUMOUR",
            source_url="#main",
            confirmed=False,
        ),
    )
    steps = (
        Made(label="Eligibility", value="26 of 27", state="now"),
        Made(label="Kits that can be given", value="7", state="done"),
        Made(label="Password", value="", state="future"),
    )
    given = {
        "screened_on": date(2019, 9, 5),
        "criteria": criteria,
        "satisfied": 3,
        "total": 4,
        "strata": strata,
        "steps": steps,
        "why": "Still open: 1 criterion, the stratum response.",
        "errors": {},
        "refused": "",
        "closed": "",
    }
    return Made(**HERE, **(given | more))


def refused():
    return gate(
        why="",
        refused="Not randomised. CHU Dijon does not hold enough kits. Nothing was drawn.",
        errors={
            "stratum.grade": "Confirm the stratum grade.",
            "password": "The password does not match. Type it again.",
        },
    )


def result():
    steps = (
        Made(label="Randomised: number and kit", value="15 Oct 2019", state="done"),
        Made(label="Injection 1", value="18 Oct ± 3 days", state="now"),
        Made(label="Injection 2", value="15 Nov ± 3 days", state="future"),
    )
    return Made(
        **HERE,
        timezone="Europe/Paris",
        number="R-0052",
        kit="04417",
        kit_expires_on=date(2020, 8, 31),
        at=AT,
        by="Claire Morel",
        strata=(("Centre", "FR-05 CHU Dijon"), ("Grade", "G2")),
        method="Minimisation",
        method_assumed=True,
        kits=(
            Made(
                visit="Injection 1",
                for_visit="injection 1",
                url="/",
                number="04417",
                on=date(2019, 10, 15),
                expires_on=date(2020, 8, 31),
                fate="kept",
                fate_words="kept for this participant",
                why="",
            ),
        ),
        take=Made(
            kits=(
                Made(
                    visit="INJ-02",
                    words="injection 2",
                    refused="",
                    early="Injection 2 is due on 12 Nov 2019.",
                    replaces="",
                    why="",
                ),
            ),
            before=("Injection 1", "#main"),
        ),
        annotate=(("grade", "Grade", (("G1", "G1"), ("G2", "G2"))),),
        receipt="5b20 91ce 77d4 0a3f",
        steps=steps,
        corrections=(
            Made(
                label="Grade",
                entered="G2",
                corrected="G1",
                reason="Ki-67 read again",
                at=AT,
                by="Claire Morel",
            ),
        ),
    )


def unblind(**more):
    given = {
        "timezone": "Europe/Paris",
        "number": "R-0052",
        "token": "t",
        "earlier": (),
        "reason": "",
        "confirmed": False,
        "errors": {},
        "refused": "",
        "arm": "",
        "at": None,
    }
    return Made(**HERE, **(given | more))


def kits():
    kit = {
        "expires_on": date(2020, 8, 31),
        "expires_soon": False,
        "shipment": "S-0003",
        "given_to": "",
        "given_url": "",
        "visit": "",
        "given_on": None,
        "remark": "",
        "can_find": False,
        "can_set_aside": True,
        "can_release": False,
    }
    return Made(
        centre="CHU Dijon",
        centre_code="FR-05",
        counts=(
            ("On its way", 4),
            ("Available", 7),
            ("Dispensed", 31),
            ("In quarantine", 1),
            ("Returned", 0),
            ("Can be given before more are needed", 5),
        ),
        kits=(
            Made(number="04402", kind="available", status="Available", state="verified", **kit),
            Made(
                number="04403",
                kind="dispensed",
                status="Dispensed",
                state="entered",
                **(
                    kit
                    | {
                        "given_to": "FR-05-003",
                        "given_url": "#main",
                        "visit": "INJ-08",
                        "given_on": date(2019, 8, 26),
                    }
                ),
            ),
            Made(
                number="04409",
                kind="quarantined",
                status="In quarantine",
                state="late",
                **(
                    kit
                    | {
                        "remark": "Damaged or warm on arrival, 4 Jul 2019, Anne Petit",
                        "can_set_aside": False,
                        "can_release": True,
                    }
                ),
            ),
        ),
        of=43,
        wanted=Made(state="", number="", asks=False, query=""),
        states=(("available", "Available", 7), ("dispensed", "Dispensed", 31)),
        shipments=(
            Made(
                number="S-0004",
                kits=("04421", "04422", "04423", "04424"),
                sent_on=date(2019, 10, 11),
                arrived_on=None,
                arrived_by="",
                on_its_way=True,
            ),
            Made(
                number="S-0003",
                kits=("04402",),
                sent_on=date(2019, 7, 1),
                arrived_on=date(2019, 7, 4),
                arrived_by="Anne Petit",
                on_its_way=False,
            ),
        ),
        can_receive=True,
        can_send=True,
        errors={},
        each="4",
        acted="",
        reason="",
        damaged=(),
        missing=(),
        leaving=Made(
            kits=(("04409", "in quarantine"), ("04403", "dispensed")),
            today="15 Oct 2019",
            sent=False,
            ticked=(),
            what="",
            on="",
            reason="",
        ),
    )


def supply():
    def row(code, name, kind, icon, words, **more):
        given = {
            "assured": 6,
            "given": 1,
            "lasts": date(2020, 3, 31),
            "available": 14,
            "set_aside": 0,
            "expired": 0,
            "unused": 0,
            "unused_on": None,
            "coming": (),
        }
        state = Made(kind=kind, icon=icon, words=words)
        return Made(code=code, name=name, state=state, **(given | more))

    coming = Made(number="S-0014", kits=8, sent_on=date(2019, 10, 11))
    none = {"assured": 0, "given": 0, "lasts": None, "available": 0, "expired": 9}
    return Made(
        rows=(
            row("BE-02", "Leuven", "late", "late", "Nothing can be given", **none),
            row("FR-05", "CHU Dijon", "draft", "draft", "Kits on their way", coming=(coming,)),
            row(
                "FR-11", "CHU Reims", "verified", "verified", "Enough",
                unused=6, unused_on=date(2019, 11, 30), set_aside=1,
            ),
        ),
        kit_days=28,
        without=1,
        soon=0,
        coming=8,
        depot=68,
        depot_expired=2,
        depot_first=date(2021, 9, 1),
    )  # fmt: skip


def accrual():
    chart = Made(
        reached="M46 222H92V190H150V150H210V133H300V127H410",
        plan="M46 222L333 12H426",
        left=46.0,
        right=426.0,
        top=12.0,
        bottom=222.0,
        x_ticks=((46, "2015"), (104, "2016"), (161, "2017")),
        y_ticks=((222.0, "0"), (115.0, "60"), (12.0, "118")),
    )
    return Made(
        randomised=51,
        planned=118,
        planned_months=60,
        opened_on=date(2015, 1, 30),
        until=date(2019, 10, 15),
        expected=111.2,
        per_month=0.9,
        planned_per_month=1.97,
        centres=(
            Made(code="FR-05", name="CHU Dijon", screened=12, randomised=9),
            Made(code="BE-02", name="Leuven", screened=0, randomised=0),
        ),
        chart=chart,
    )
