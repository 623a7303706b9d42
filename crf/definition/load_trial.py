"""The files that are not forms: trial, visits, codelists, eligibility, randomisation, endpoints."""

from __future__ import annotations

import re
from dataclasses import MISSING, fields
from datetime import date

from crf.definition.load_form import Lines
from crf.definition.model import TAGS, Code, Codelist, Criterion
from crf.definition.nodes import Mapping
from crf.definition.plan import (
    Aware,
    CentralReview,
    Fact,
    Landmark,
    Landmarks,
    Level,
    Milestone,
    Plan,
    Randomisation,
    Retention,
    SeriousEvents,
    Stratum,
    Told,
    Trial,
    Visit,
)

KINDS = ("once", "repeated", "unscheduled", "log")
ANCHORS = ("none", "screening", "randomisation", "previous", "end", "stop")
MARKS = ("consented", "screen_failed", "end_of_treatment", "progressed", "died")
OPTIONAL_MARKS = ("withdrawn", "treatment_left", "registers", "from_registers")
STOPS = ("end_of_treatment", "progression", "death", "lost", "withdrawal", "treatment_left")
ASKED = ("randomisation", "end")
METHODS = ("minimisation", "blocks", "list")
LARGEST_BLOCK = 64  # the bytes that made a block stand in the sealed record, whose length is fixed


def read_trial(top: Mapping, lines: Lines) -> Trial:
    """trial.yaml."""
    opened = top.text("opened_on")
    try:
        date.fromisoformat(opened)
    except ValueError:
        raise top.error(f"`opened_on` is `{opened}`: not a date.", top.take("opened_on")) from None
    trial = Trial(
        code=top.text("code"),
        acronym=top.text("acronym"),
        title_en=top.label("title").en,
        title_fr=top.label("title").get("fr"),
        phase=top.text("phase"),
        sponsor=top.text("sponsor"),
        sponsor_code=top.text("sponsor_code"),
        product=top.text("product", ""),
        registers=top.texts("registers", needed=True),
        version=top.text("version"),
        countries=top.texts("countries", needed=True),
        opened_on=opened,
        accrual_months=top.whole("accrual_months"),
        planned_participants=top.whole("planned_participants"),
        planned_centres=top.whole("planned_centres"),
        centres_open=top.whole("centres_open"),
        ctcae_version=top.text("ctcae_version"),
        landmarks=_landmarks(top, lines),
        facts=tuple(_fact(one) for one in top.maps("facts", "a fact")),
        assumed=_assumed(top, Trial),
        retention=_retention(top),
        milestones=_milestones(top, lines),
    )
    top.finish()
    return trial


def _retention(top: Mapping) -> Retention:
    """Periods that the file does not name have their defaults."""
    source = top.map("retention", "`retention`")
    if source is None:
        return Retention()
    days = {one.name: source.whole(one.name, int(one.default)) for one in fields(Retention)}  # type: ignore[arg-type]
    for name, value in days.items():
        if value < 1:
            raise source.error(f"`{name}` is at least 1.", source.take(name))
    source.finish()
    return Retention(**days)


def _milestones(top: Mapping, lines: Lines) -> tuple[Milestone, ...]:
    made: dict[str, Milestone] = {}
    for source in top.maps("milestones", "a milestone"):
        title = source.label("title")
        one = Milestone(
            name=source.text("name"),
            title_en=title.en,
            title_fr=title.get("fr"),
            visits=source.texts("visits"),
            asked=source.choice("asked", ASKED, "end"),
        )
        if one.name in made:
            raise source.error(f"Milestone `{one.name}` stands twice.", source.take("name"))
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,29}", one.name):
            why = "the name of a milestone is small letters, digits and _, thirty at most"
            raise source.error(f"`{one.name}`: {why}.", source.take("name"))
        lines[("milestone", one.name)] = (source.file, source.line)
        source.finish()
        made[one.name] = one
    return tuple(made.values())


def _landmarks(top: Mapping, lines: Lines) -> Landmarks:
    source = top.map("landmarks", "landmarks")
    if source is None:
        raise top.error("`landmarks` is missing: it names the forms that mark a course.")
    found = {name: _landmark(source, name) for name in MARKS}
    for name in (*MARKS, *OPTIONAL_MARKS, "lost", "serious", "kit", "central"):
        lines[("landmark", name)] = (source.file, source.line_of(name))
    more = {
        name: _mark(mark)
        for name in OPTIONAL_MARKS
        if (mark := source.map(name, "a landmark")) is not None
    }
    if ("registers" in more) != ("from_registers" in more):
        raise source.error("`registers` and `from_registers` go together.")
    lost = tuple(_mark(one) for one in source.maps("lost", "a landmark"))
    made = Landmarks(
        **found,
        **more,
        lost=lost,
        serious=_serious(source),
        kit=_kit(source),
        central=_central(source),
    )
    source.finish()
    return made


def _landmark(source: Mapping, name: str) -> Landmark:
    mark = source.map(name, "a landmark")
    if mark is None:
        raise source.error(f"The landmark `{name}` is missing.")
    return _mark(mark)


def _mark(mark: Mapping) -> Landmark:
    made = Landmark(mark.text("form"), mark.text("item", ""), mark.text("value", ""))
    mark.finish()
    return made


def _serious(source: Mapping) -> SeriousEvents | None:
    mark = source.map("serious", "a landmark")
    if mark is None:
        return None
    made = SeriousEvents(
        mark.text("form"),
        mark.text("item"),
        mark.text("value"),
        mark.texts("shown"),
        _aware(mark),
        mark.texts("report"),
        _told(mark, "related"),
        _told(mark, "grave"),
    )
    if made.report and made.aware is None:
        raise mark.error("`report` needs `aware`: its clock runs from there.")
    mark.finish()
    return made


def _told(mark: Mapping, name: str) -> Told | None:
    source = mark.map(name, "an item with values")
    if source is None:
        return None
    made = Told(source.text("item"), source.texts("values"))
    source.finish()
    return made


def _aware(mark: Mapping) -> Aware | None:
    source = mark.map("aware", "the moment of awareness")
    if source is None:
        return None
    made = Aware(source.text("day"), source.text("time", ""))
    source.finish()
    return made


def _kit(source: Mapping) -> Landmark | None:
    mark = source.map("kit", "a landmark")
    if mark is None:
        return None
    made = Landmark(mark.text("form"), mark.text("item"))
    mark.finish()
    return made


def _central(source: Mapping) -> CentralReview | None:
    mark = source.map("central", "a landmark")
    if mark is None:
        return None
    made = CentralReview(mark.text("form"), mark.text("response"), mark.texts("shown"))
    mark.finish()
    return made


def _assumed(top: Mapping, kind: type) -> tuple[str, ...]:
    """The names of the fields that are assumed; each must be a field."""
    return top.choices("assumed", tuple(field.name for field in fields(kind)))


def _fact(source: Mapping) -> Fact:
    fact = Fact(
        source.text("name"),
        source.label("label").en,
        source.text("value"),
        source.choice("tag", TAGS),
    )
    source.finish()
    return fact


def read_codelists(top: Mapping, lines: Lines) -> tuple[Codelist, ...]:
    """codelists.yaml: `codelists: [{name, codes: [{code, label}]}]`."""
    made: dict[str, Codelist] = {}
    for source in top.maps("codelists", "a codelist", needed=True):
        name = source.text("name")
        source.what = f"codelist `{name}`"
        if name in made:
            raise source.error(f"Codelist `{name}` stands twice.", source.take("name"))
        codes: dict[str, Code] = {}
        for one in source.maps("codes", f"a code of `{name}`", needed=True):
            deviation = one.label("deviation", needed=False)
            code = Code(one.text("code"), one.label("label"), deviation)
            one.finish()
            if code.code in codes:
                raise one.error(f"Code `{code.code}` stands twice in codelist `{name}`.")
            codes[code.code] = code
        source.finish()
        made[name] = Codelist(name, tuple(codes.values()))
        lines[("codelist", name)] = (source.file, source.line)
    top.finish()
    return tuple(made.values())


def read_visits(top: Mapping, lines: Lines) -> tuple[Visit, ...]:
    """visits.yaml: `visits: [...]` in their order in the casebook."""
    made: dict[str, Visit] = {}
    for source in top.maps("visits", "a visit", needed=True):
        visit = _visit(source)
        if visit.code in made:
            raise source.error(f"Visit {visit.code} stands twice.", source.take("code"))
        made[visit.code] = visit
        lines[("visit", visit.code)] = (source.file, source.line)
        for key in ("forms", "optional_forms"):
            lines[("visit", visit.code, key)] = (source.file, source.line_of(key))
    top.finish()
    return tuple(made.values())


def _visit(source: Mapping) -> Visit:
    title = source.label("title")
    window = source.numbers("window")
    if len(window) not in (0, 2):
        raise source.error("`window` is [days before, days after].", source.take("window"))
    visit = Visit(
        code=source.text("code"),
        title_en=title.en,
        title_fr=title.get("fr"),
        forms=source.texts("forms"),
        optional_forms=source.texts("optional_forms"),
        kind=source.choice("kind", KINDS, "once"),
        anchor=source.choice("anchor", ANCHORS, "none"),
        every_days=source.number("every_days", 0.0),
        first_days=source.number("first_days", 0.0),
        step=source.whole("step", 1),
        window_before=int(window[0]) if window else 0,
        window_after=int(window[1]) if window else 0,
        deviation_days=source.whole("deviation_days", 0),
        until=source.choices("until", STOPS),
        tag=source.choice("tag", TAGS, ""),
    )
    if visit.kind == "repeated" and visit.every_days <= 0:
        raise source.error(f"Visit {visit.code} is repeated: it needs `every_days`.")
    source.finish()
    return visit


def read_criteria(top: Mapping, lines: Lines) -> tuple[Criterion, ...]:
    """eligibility.yaml: `criteria: [...]`."""
    made: dict[str, Criterion] = {}
    for source in top.maps("criteria", "a criterion", needed=True):
        number = source.text("number")
        source.what = f"criterion {number}"
        if number in made:
            raise source.error(f"Criterion {number} stands twice.", source.take("number"))
        made[number] = Criterion(
            number=number,
            kind=source.choice("kind", ("inclusion", "exclusion")),
            text=source.label("text"),
            expr=source.text("expr"),
            sources=source.texts("sources", needed=True),
            tag=source.choice("tag", TAGS),
            warn_if=source.text("warn_if", ""),
            warning=source.label("warning", False),
            asked=source.text("asked", ""),
        )
        lines[("criterion", number)] = (source.file, source.line)
        for key in ("expr", "sources", "warn_if", "asked"):
            lines[("criterion", number, key)] = (source.file, source.line_of(key))
        source.finish()
    top.finish()
    return tuple(made.values())


def read_randomisation(top: Mapping, lines: Lines) -> Randomisation:
    """randomisation.yaml."""
    probability = top.number("probability")
    if not 0.5 <= probability <= 1.0:
        raise top.error("`probability` lies between 0.5 and 1.", top.take("probability"))
    sizes = tuple(int(size) for size in top.numbers("block_sizes"))
    if sizes and max(sizes) > LARGEST_BLOCK:
        raise top.error(f"A block has at most {LARGEST_BLOCK} places.", top.take("block_sizes"))
    made = Randomisation(
        method=top.choice("method", METHODS),
        arms=top.texts("arms", needed=True),
        ratio=tuple(int(part) for part in top.numbers("ratio", needed=True)),
        measure=top.choice("measure", ("range",), "range"),
        probability=probability,
        factors=tuple(_stratum(one, lines) for one in top.maps("factors", "a factor", needed=True)),
        block_sizes=sizes,
        first_dose_within_days=top.whole("first_dose_within_days"),
        kit_days=top.whole("kit_days"),
        assumed=_assumed(top, Randomisation),
        arm_labels=tuple(_level(one) for one in top.maps("arm_labels", "an arm")),
        telling=top.texts("telling"),
    )
    for label in made.arm_labels:
        if label.code not in made.arms:
            raise top.error(f"`{label.code}` is none of the arms.", top.take("arm_labels"))
    top.finish()
    return made


def _stratum(source: Mapping, lines: Lines) -> Stratum:
    label = source.label("label")
    made = Stratum(
        name=source.text("name"),
        label_en=label.en,
        label_fr=label.get("fr"),
        source=source.text("source"),
        expr=source.text("expr", ""),
        levels=tuple(_level(one) for one in source.maps("levels", "a level")),
        weight=source.number("weight", 1.0),
    )
    if bool(made.expr) != bool(made.levels):
        raise source.error(f"Factor `{made.name}` needs `expr` and `levels`, or neither.")
    lines[("stratum", made.name)] = (source.file, source.line)
    lines[("stratum", made.name, "expr")] = (source.file, source.line_of("expr"))
    source.finish()
    return made


def _level(source: Mapping) -> Level:
    label = source.label("label")
    made = Level(source.text("code"), label.en, label.get("fr"))
    source.finish()
    return made


def read_plan(top: Mapping) -> Plan:
    """endpoints.yaml: one key a field of `Plan`."""
    primary = top.label("primary")
    values: dict[str, object] = {"primary_en": primary.en, "primary_fr": primary.get("fr")}
    for field in fields(Plan):
        kind = str(field.type)
        if field.name in values or (field.default is not MISSING and not top.has(field.name)):
            continue
        if field.name == "assumed":
            values[field.name] = _assumed(top, Plan)
        elif kind == "str":
            values[field.name] = top.text(field.name)
        elif kind == "int":
            values[field.name] = top.whole(field.name)
        elif kind == "float":
            values[field.name] = top.number(field.name)
        else:
            values[field.name] = top.numbers(field.name, needed=True)
    top.finish()
    return Plan(**values)  # type: ignore[arg-type]
