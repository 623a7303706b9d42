"""One participant's course through the service: every act through the actions of the pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from crf import study
from crf.actions import NotSaved, Typed, comment_name, save_entry, screen_participant
from crf.actions_endorsement import endorse
from crf.actions_queries import answer_query, close_query, raise_query
from crf.actions_review import read_images
from crf.endorsement import of_participant, seen_of
from crf.models import DataQuery, Entry, Participant, QueryState
from crf.reads_review import mark_of_trial
from randomisation.actions import dispense, randomise
from reminet_site.context import Actor, acting
from reminet_site.errors import Refusal
from reminet_site.roles import Role, Verb
from simulation import slips
from simulation.central import Seen
from simulation.cohort import strata_of
from simulation.people import Staff
from simulation.sheets import Answers, Sheet
from simulation.subjects import Subject
from simulation.supply import Supply

WRITERS = {"investigator": Role.INVESTIGATOR, "site_coordinator": Role.SITE_COORDINATOR}
CONFIRMED = "Checked with the source document."
Comments = dict[str, list[str]]


class Unplayable(Exception):
    """A script that the casebook refuses: a defect of the script, not of a person."""

    def __init__(self, course: Course, page: Typed) -> None:
        hard = "; ".join(one.sentence.en for one in page.evaluation.of("hard"))
        where = f"{course.participant.code} {page.place.visit} {page.place.form}"
        super().__init__(f"{where}: {hard or 'not saved'}")


class Course:
    """Acts on one participant. Nothing is remembered of the database but versions and kits."""

    def __init__(self, subject: Subject, staff: Staff, supply: Supply) -> None:
        self.subject, self._staff, self._supply = subject, staff, supply
        self.centre = subject.centre.code
        self.first_typed: dict[tuple[str, str, int], Answers] = {}
        self._participant: Participant | None = None
        self._versions: dict[tuple[str, str, int], int] = {}
        self._kits: dict[str, str] = {}
        self._known: set[int] = set()

    @property
    def participant(self) -> Participant:
        assert self._participant is not None
        return self._participant

    def actor(self, role: Role, verb: Verb) -> Actor:
        return self._staff.actor(role, verb, self.centre)

    def screen(self, today: date) -> None:
        self._supply.open(self.centre, today)
        by = self.actor(Role.SITE_COORDINATOR, Verb.SCREEN)
        with acting(by):
            self._participant = screen_participant(
                centre=self._staff.centres[self.centre], screened_on=today, by=by
            )

    def enter(self, sheets: Sequence[Sheet]) -> list[DataQuery]:
        """The sheets, one writer's at a time; the questions that checks raised on them."""
        asked: list[DataQuery] = []
        for writer in dict.fromkeys(sheet.writer for sheet in sheets):
            mine = [sheet for sheet in sheets if sheet.writer == writer]
            asked += self._enter_as(WRITERS[writer], mine)
        return asked

    def _enter_as(self, role: Role, sheets: Sequence[Sheet]) -> list[DataQuery]:
        by = self.actor(role, Verb.ENTER_DATA)

        def write(sheet: Sheet, comments: Comments) -> None:
            answers = self.first_typed.get(place(sheet), sheet.answers)
            self._write(sheet, answers, comments, by)

        return self._confirming(by, sheets, write)

    def _confirming(
        self, by: Actor, sheets: Sequence[Sheet], write: Callable[[Sheet, Comments], None]
    ) -> list[DataQuery]:
        """One transaction; a soft finding is confirmed with a comment, as the page asks for."""
        said: dict[tuple[str, str, int], Comments] = {}
        while True:
            try:
                with acting(by):
                    for sheet in sheets:
                        write(sheet, said.get(place(sheet), {}))
                    return self._new_questions()
            except NotSaved as refused:
                page = refused.page
                at = (page.place.visit, page.place.form, page.place.number)
                if page.evaluation.refused or at in said:
                    raise Unplayable(self, page) from refused
                said[at] = {comment_name(one): [CONFIRMED] for one in page.unanswered}

    def _write(
        self,
        sheet: Sheet,
        answers: Answers,
        comments: Comments,
        by: Actor,
        *,
        reason: str = "",
        version: int = 0,
    ) -> None:
        if sheet.needs_kit:
            answers = answers | {"kit": self._kits[sheet.visit]}
        raw = study.current().form(sheet.form).raw(answers)
        entry = save_entry(
            participant=self.participant,
            visit=sheet.visit,
            form=sheet.form,
            number=sheet.number,
            raw=raw | comments,
            version=version,
            reason=reason,
            by=by,
        )
        self._versions[place(sheet)] = entry.version

    def randomise(self, today: date) -> None:
        by = self.actor(Role.INVESTIGATOR, Verb.RANDOMISE)
        levels = strata_of(self.subject)
        for attempt in (1, 2):
            try:
                with acting(by):
                    allocation = randomise(
                        participant=self.participant, strata_confirmed=levels, by=by
                    )
                    self._participant = Participant.objects.select_related("centre").get(
                        pk=self.participant.pk
                    )
                    self._kits["INJ-01"] = allocation.kit.number
                    break
            except Refusal:
                if attempt == 2:
                    raise
                self._supply.send(self.centre, today)
        self._supply.taken(self.centre, self.subject.arm, today)

    def dispense(self, visit: str, today: date) -> None:
        """The kit of the visit; where the centre has too few, more are sent first."""
        if visit in self._kits:
            return
        by = self.actor(Role.SITE_COORDINATOR, Verb.DISPENSE)
        try:
            self._kits[visit] = self._given(visit, by)
        except Refusal:
            self._supply.send(self.centre, today)
            self._kits[visit] = self._given(visit, by)
        self._supply.taken(self.centre, self.subject.arm, today)

    def _given(self, visit: str, by: Actor) -> str:
        """The number of the kit."""
        with acting(by):
            return dispense(participant=self.participant, visit=visit, by=by).kit.number

    def ask(self, sheet: Sheet, item: str, text: str) -> DataQuery:
        """The monitor's question on one item of a page."""
        return self._ask(sheet.visit, sheet.form, sheet.number, item, text)

    def ask_about(self, entry: Entry, item: str, text: str) -> DataQuery:
        """The monitor's question on one item of an entry."""
        return self._ask(entry.visit, entry.form, entry.number, item, text)

    def _ask(self, visit: str, form: str, number: int, item: str, text: str) -> DataQuery:
        by = self.actor(Role.MONITOR, Verb.RAISE_QUERY)
        with acting(by):
            query = raise_query(
                participant=self.participant,
                visit=visit,
                form=form,
                number=number,
                item=item,
                text=text,
                by=by,
            )
        self._known.add(query.pk)
        return query

    def mend(self, sheet: Sheet) -> None:
        """What was misread is put right, with the reason."""
        by = self.actor(WRITERS[sheet.writer], Verb.ENTER_DATA)
        version = self._versions[place(sheet)]

        def write(sheet: Sheet, comments: Comments) -> None:
            self._write(sheet, sheet.answers, comments, by, reason=slips.REASON, version=version)

        self._confirming(by, [sheet], write)

    def answer(self, query: DataQuery, text: str) -> None:
        by = self.actor(Role.SITE_COORDINATOR, Verb.ANSWER_QUERY)
        with acting(by):
            query.refresh_from_db()
            if query.state == QueryState.OPEN:
                answer_query(query=query, text=text, by=by)

    def close(self, query: DataQuery) -> None:
        by = self.actor(Role.DATA_MANAGER, Verb.CLOSE_QUERY)
        with acting(by):
            query.refresh_from_db()
            if query.state != QueryState.CLOSED:
                close_query(query=query, by=by)

    def read_centrally(self, sheet: Sheet, seen: Seen) -> None:
        """What the central reader saw on the images of one page."""
        by = self._staff.actor(Role.CENTRAL_READER, Verb.READ_IMAGES)
        with acting(by):
            entry = Entry.objects.get(
                participant=self.participant, visit=sheet.visit, form=sheet.form
            )
            read_images(
                mark=mark_of_trial(), entry_id=entry.pk, after=0, imaging_on=entry.visit_date,
                response=seen.response, new_lesions=seen.new_lesions, sum_mm=seen.sum_mm,
                comment="", reason="", by=by,
            )  # fmt: skip

    def endorse(self, milestone: str) -> None:
        """The investigator signs the milestone, where it is not signed as it stands."""
        by = self.actor(Role.INVESTIGATOR, Verb.ENDORSE)
        with acting(by):
            for one in of_participant(self.participant):
                if one.milestone.name == milestone and not one.holds:
                    seen = seen_of(self.participant)[milestone]
                    endorse(participant=self.participant, milestone=milestone, seen=seen, by=by)

    def settle(self, text: str) -> None:
        """Before the lock: whatever is still asked of this participant is answered and closed."""
        by = self.actor(Role.DATA_MANAGER, Verb.CLOSE_QUERY)
        with acting(by):
            left = list(
                DataQuery.objects.filter(participant=self.participant).exclude(
                    state=QueryState.CLOSED
                )
            )
        for query in left:
            self.answer(query, text)
            self.close(query)

    def _new_questions(self) -> list[DataQuery]:
        """Questions of checks, not known yet; inside the writer's transaction."""
        found = DataQuery.objects.filter(
            participant=self.participant, state=QueryState.OPEN
        ).exclude(pk__in=self._known)
        asked = list(found)
        self._known |= {query.pk for query in asked}
        return asked


def place(sheet: Sheet) -> tuple[str, str, int]:
    return sheet.visit, sheet.form, sheet.number
