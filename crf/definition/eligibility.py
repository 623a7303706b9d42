"""The gate: every criterion computed from the forms, with its value and where it was read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from crf.definition import values
from crf.definition.context import Context, Reader, codelist_of
from crf.definition.expressions import Expression, compile_expression
from crf.definition.model import Criterion, Definition, Text
from crf.definition.plan import Stratum
from crf.definition.references import Place

MET, NOT_MET, UNDECIDED = "met", "not_met", "unknown"
VERDICTS = (MET, NOT_MET, UNDECIDED)


@dataclass(frozen=True)
class Source:
    """Where a value was read."""

    form: str
    visit: str
    item: str


@dataclass(frozen=True)
class CriterionResult:
    """One criterion for one participant.

    `verdict` "met" means satisfied: an inclusion that holds, an exclusion that is absent.
    `warning` is set where it is met outside what is usual.
    """

    number: str
    kind: str
    text: Text
    verdict: str
    value_text: Text
    source: Source
    tag: str
    warning: Text | None = None
    blank: tuple[Text, ...] = ()  # where it is undecided: the items without a value


@dataclass(frozen=True)
class StratumValue:
    """One stratification factor for one participant; `level` is "" while it is unknown."""

    name: str
    label: Text
    level: str
    level_label: Text
    source: Source


class Eligibility:
    """The criteria of a definition, compiled once."""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._place = Place(definition)
        self._readers: dict[str, Reader] = {}
        self.criteria = definition.criteria
        self._rules = [self._compile(criterion.expr) for criterion in self.criteria]
        self._warnings = [
            self._compile(criterion.warn_if) if criterion.warn_if else None
            for criterion in self.criteria
        ]
        self._factors = [
            (factor, self._compile(factor.expr) if factor.expr else None)
            for factor in definition.randomisation.factors
        ]

    def _compile(self, text: str) -> Expression:
        made = compile_expression(text, self._place)
        self._readers |= {ref.flat: Reader.of(self._place, ref) for ref in made.refs}
        return made

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms that the gate reads, so that a caller fetches only those."""
        rules = [
            *self._rules,
            *(one for one in self._warnings if one),
            *(r for _, r in self._factors if r),
        ]
        read = {ref.form for rule in rules for ref in rule.refs if ref.form}
        shown = {name.partition(".")[0] for one in self.criteria for name in one.sources}
        return tuple(sorted(read | shown))

    @property
    def items(self) -> tuple[tuple[str, str], ...]:
        """(form, item or group) of everything that a criterion or a factor reads."""
        rules = [
            *self._rules,
            *(one for one in self._warnings if one),
            *(r for _, r in self._factors if r),
        ]
        read = {
            (ref.form, ref.group or ref.item) for rule in rules for ref in rule.refs if ref.form
        }
        shown = {(form, item) for form, _, item in self._sources()}
        return tuple(sorted(read | shown))

    def _sources(self) -> Iterator[tuple[str, str, str]]:
        for criterion in self.criteria:
            yield from (name.partition(".") for name in criterion.sources)
        for factor, rule in self._factors:
            if rule is not None:
                yield factor.source.partition(".")

    def assess(self, context: Context) -> tuple[CriterionResult, ...]:
        """Every criterion in its order; `context.forms` holds the screening forms' answers."""
        return tuple(
            self._result(criterion, rule, warning, context)
            for criterion, rule, warning in zip(
                self.criteria, self._rules, self._warnings, strict=True
            )
        )

    def eligible(self, context: Context) -> bool:
        """True where every criterion is met; UNKNOWN never passes."""
        return all(result.verdict == MET for result in self.assess(context))

    def _result(
        self,
        criterion: Criterion,
        rule: Expression,
        warning: Expression | None,
        context: Context,
    ) -> CriterionResult:
        answer = self._evaluate(rule, context)
        verdict = MET if answer is True else NOT_MET if answer is False else UNDECIDED
        warns = warning is not None and self._evaluate(warning, context) is True
        return CriterionResult(
            number=criterion.number,
            kind=criterion.kind,
            text=criterion.text,
            verdict=verdict,
            value_text=self._shown(criterion, context),
            source=self._source(criterion.sources[0]),
            tag=criterion.tag,
            warning=criterion.warning if verdict == MET and warns else None,
            blank=self._blank(rule, context) if verdict == UNDECIDED else (),
        )

    def _blank(self, rule: Expression, context: Context) -> tuple[Text, ...]:
        """What the rule asks for and nobody has entered, each once, in the order of the rule."""
        found: dict[str, Text] = {}
        for ref in rule.refs:
            reader = self._readers[ref.flat]
            if reader.outside(context) is None and reader.item is not None:
                found.setdefault(reader.item.label.en, reader.item.label)
        return tuple(found.values())

    def _evaluate(self, rule: Expression, context: Context) -> Any:
        known: dict[str, Any] = {}
        for ref in rule.refs:
            value = self._readers[ref.flat].outside(context)
            if value is not None:
                known[ref.flat] = value
        return rule.evaluate(known)

    def _shown(self, criterion: Criterion, context: Context) -> Text:
        """The values of the sources, in their order, blanks left out."""
        texts = [self._label(source, context.forms) for source in criterion.sources]
        kept = [text for text in texts if text.en]
        return Text("; ".join(t.en for t in kept), " ; ".join(t.get("fr") for t in kept))

    def _label(self, source: str, forms: Mapping[str, Mapping[str, Any]]) -> Text:
        form, _, name = source.partition(".")
        item = self._definition.form(form).item(name)
        kept = forms.get(form, {}).get(name)
        return values.label(item, codelist_of(self._definition, item), kept)

    def _source(self, source: str) -> Source:
        form, _, item = source.partition(".")
        visit = next((one.code for one in self._definition.visits if form in one.forms), "")
        return Source(form, visit, item)

    def strata(self, context: Context, centre: str = "") -> tuple[StratumValue, ...]:
        """Every factor with its level; the centre's level is the centre's own code."""
        return tuple(self._stratum(factor, rule, context, centre) for factor, rule in self._factors)

    def _stratum(
        self, factor: Stratum, rule: Expression | None, context: Context, centre: str
    ) -> StratumValue:
        label = Text(factor.label_en, factor.label_fr)
        if rule is None:
            return StratumValue(factor.name, label, centre, Text(centre), Source("", "", "centre"))
        answer = self._evaluate(rule, context)
        labels = {level.code: Text(level.label_en, level.label_fr) for level in factor.levels}
        level = answer if isinstance(answer, str) and answer in labels else ""
        source = self._source(factor.source)
        return StratumValue(factor.name, label, level, labels.get(level, Text("")), source)
