"""What the pages of the central review show. Nothing of what the centre saw is among it."""

from collections.abc import Sequence

from django.conf import settings
from django.http import HttpRequest

from crf import reads_review, study
from crf.definition.plan import CentralReview
from crf.presenters.review import ImagesLine, ImagesPage, Reading, ReviewPage, state_of
from crf.reads_review import Images, Seen
from crf.rules import trial_is_locked
from crf.words import form_words, item_words, language
from reminet_site.clock import clinical_now, day_at
from reminet_site.jinja2_env import number
from reminet_site.roles import RIGHTS, Role, Verb


def over_centres(request: HttpRequest, before: int) -> ReviewPage:
    """What waits, and what was read last."""
    mark = reads_review.mark_of_trial()
    waiting, left = ([], 0) if before else reads_review.waiting(mark)
    read = reads_review.read(mark, before=before)
    shown = read[: reads_review.PAGE]
    last = shown[-1].seen if len(read) > reads_review.PAGE else None
    return ReviewPage(
        waiting=lines(mark, waiting),
        left=left,
        read=lines(mark, shown),
        columns=columns(mark),
        before=str(last.pk) if last else "",
        first=not before,
        can_read=can_read(request),
    )


def of_images(request: HttpRequest, entry: int) -> ImagesPage:
    """The images of one entry, beside the others of the participant as they were read here."""
    mark = reads_review.mark_of_trial()
    found = reads_review.images_for(mark, entry)
    others = [one for one in reads_review.of_participant(mark, found.code) if one.entry != entry]
    definition = study.current().definition
    item = definition.form(mark.form).item(mark.response)
    [line] = lines(mark, [found])
    return ImagesPage(
        images=line,
        others=lines(mark, others),
        history=tuple(in_words(mark, one) for one in reads_review.history(entry)),
        answers=tuple(
            (one.code, one.label[language()]) for one in definition.codelist(item.codelist).codes
        ),
        after=found.seen.pk if found.seen else 0,
        can_read=can_read(request),
        zone=settings.TIME_ZONE,
    )


def can_read(request: HttpRequest) -> bool:
    held = any(Verb.READ_IMAGES in RIGHTS[Role(role)] for role, _centre in request.grants)
    return held and not trial_is_locked()


def columns(mark: CentralReview) -> tuple[str, ...]:
    definition = study.current().definition
    return tuple(item_words(definition, mark.form, item) for item in mark.shown)


def lines(mark: CentralReview, found: Sequence[Images]) -> tuple[ImagesLine, ...]:
    today = day_at(clinical_now(), None)
    definition = study.current().definition
    made = []
    for one in found:
        compiled = study.study_of(one.definition).form(mark.form)
        values = (
            compiled.label(item, value, language()) if item in compiled.form.by_name else ""
            for item, value in one.made.items()
        )
        made.append(
            ImagesLine(
                entry=one.entry,
                code=one.code,
                place=form_words(definition, mark.form, one.visit, one.number),
                on=one.on,
                made=tuple(zip(columns(mark), values, strict=True)),
                state=state_of(one.waits, one.seen.imaging_on if one.seen else None, one.on, today),
                reading=in_words(mark, one.seen) if one.seen else None,
            )
        )
    return tuple(made)


def in_words(mark: CentralReview, seen: Seen) -> Reading:
    definition = study.current().definition
    item = definition.form(mark.form).item(mark.response)
    code = definition.codelist(item.codelist).by_code.get(seen.response)
    return Reading(
        response=code[language()] if code else seen.response,
        new_lesions=seen.new_lesions,
        sum_mm=f"{number(float(seen.sum_mm))} mm" if seen.sum_mm is not None else "",
        comment=seen.comment,
        reason=seen.reason,
        imaging_on=seen.imaging_on,
        at=seen.at,
        by=seen.by,
    )
