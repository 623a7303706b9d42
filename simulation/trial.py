"""The trial as it happens: acts in the order of clinical time, over all centres."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import count

from crf.models import DataQuery
from simulation import central, slips
from simulation.clinical_clock import ClinicalClock
from simulation.cohort import stream
from simulation.course import Course, place
from simulation.sheets import Sheet

Act = Callable[[], None]
LAGS = (0, 0, 0, 1, 1, 2, 3, 5, 8, 13)  # days from a visit to its entry
LATE = 26
IMAGED = "RECIST"
UNTIL_SIGNED = timedelta(days=21)  # from the randomisation to the signature of the baseline


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment by day in every centre's time zone."""
    return datetime.combine(day, time(hour, minute), UTC)


class Trial:
    """A queue of acts; some acts bring others about."""

    def __init__(self, clock: ClinicalClock, seed: str, tell: Callable[[date, int], None]) -> None:
        self.clock, self._seed, self._tell = clock, seed, tell
        self._queue: list[tuple[datetime, int, int, Act]] = []
        self._order = count()
        self._chance = stream(seed, "trial")
        self.entered = 0

    def plan(self, moment: datetime, act: Act, sheets: int = 0) -> None:
        heapq.heappush(self._queue, (moment, next(self._order), sheets, act))

    def run(self, until: datetime | None = None) -> None:
        """Every act up to `until`, in order; without it, all of them."""
        while self._queue and (until is None or self._queue[0][0] <= until):
            moment, _, sheets, act = heapq.heappop(self._queue)
            self.clock.move(moment)
            act()
            self.entered += sheets
            self._tell(moment.date(), self.entered)

    @property
    def today(self) -> date:
        return self.clock.now.date()

    def plan_screening(self, course: Course, sheets: Sequence[Sheet]) -> None:
        """The pages of screening; then randomisation, where the person is eligible."""
        self.plan_pages(course, sheets)
        if course.subject.randomised:
            day = course.subject.randomised_on
            self.plan(at(day, 9), lambda: course.randomise(self.today))
            if course.subject.key % 6:  # the others wait for the end
                signed = at(day + UNTIL_SIGNED, 16)
                self.plan(signed, lambda: course.endorse("baseline"))

    def plan_pages(self, course: Course, sheets: Sequence[Sheet]) -> None:
        """Consent, examinations, eligibility, each on its day."""
        consented = course.subject.consented_on
        self.plan(at(consented, 8, 15), lambda: course.screen(self.today))
        for day in sorted({sheet.day for sheet in sheets}):
            mine = [sheet for sheet in sheets if sheet.day == day]
            self.plan(at(day, 8, 30), lambda mine=mine: self._enter(course, mine), len(mine))

    def plan_follow_up(self, course: Course, sheets: Sequence[Sheet]) -> None:
        """Kits on the day of the visit; the forms of a day some days later."""
        chance = stream(self._seed, f"lags {course.subject.key}")
        for day in sorted({sheet.day for sheet in sheets}):
            mine = [sheet for sheet in sheets if sheet.day == day]
            minute = chance.randrange(60)
            for sheet in mine:
                if sheet.needs_kit:
                    visit = sheet.visit
                    self.plan(at(day, 10, minute), lambda v=visit: course.dispense(v, self.today))
            lag = LATE if chance.random() < 0.03 else chance.choice(LAGS)
            moment = at(day + timedelta(days=lag), 11 + chance.randrange(5), minute)
            self.plan(moment, lambda mine=mine: self._enter(course, mine), len(mine))
            for sheet in mine:
                self._plan_doubts(course, sheet, moment)
                if sheet.form == IMAGED:
                    self._plan_reading(course, sheet)

    def _plan_doubts(self, course: Course, sheet: Sheet, entered: datetime) -> None:
        """The monitor's visit, some weeks later, finds what was misread."""
        chance = self._chance
        asked = entered + timedelta(days=chance.randint(12, 70))
        found = slips.slip(sheet, chance)
        if found:
            item, course.first_typed[place(sheet)] = found
            text = "The source document shows another value. Please check."
            self.plan(asked, lambda: self._question(course, sheet, item, text, mend=True))
            return
        item = slips.doubt(sheet, chance)
        if item:
            text = slips.QUESTIONS[item]
            self.plan(asked, lambda: self._question(course, sheet, item, text, mend=False))

    def _plan_reading(self, course: Course, sheet: Sheet) -> None:
        """The images go to the central reader, who takes some weeks."""
        found = central.seen(course.subject, sheet, self._seed)
        read = at(sheet.day + timedelta(days=found.days), 17)
        self.plan(read, lambda: course.read_centrally(sheet, found))

    def _enter(self, course: Course, sheets: Sequence[Sheet]) -> None:
        for query in course.enter(sheets):
            self._follow(course, query, None)

    def _question(self, course: Course, sheet: Sheet, item: str, text: str, *, mend: bool) -> None:
        query = course.ask(sheet, item, text)
        self._follow(course, query, sheet if mend else None)

    def _follow(self, course: Course, query: DataQuery, mend: Sheet | None) -> None:
        """A question is answered after some days, and closed after some more."""
        answered = self.clock.now + timedelta(days=self._chance.randint(2, 16))
        closed = answered + timedelta(days=self._chance.randint(1, 9))
        text = slips.MENDED if mend else slips.ANSWERS.get(query.check_name, slips.CHECKED)

        def answer() -> None:
            if mend:
                course.mend(mend)
            course.answer(query, text)

        self.plan(answered, answer)
        self.plan(closed, lambda: course.close(query))
