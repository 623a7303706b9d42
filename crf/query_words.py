"""What is said in a query, as its reader reads it. What a check said is kept in English and told in
the language of the page; what a person wrote stays as it is."""

from django.utils.translation import gettext as _

from crf import checks_beside, study
from crf.models import DataQuery, QueryStep
from crf.words import language


def said_words(query: DataQuery, step: QueryStep) -> str:
    """One step of a query; a check raises and closes, nothing else."""
    if step.by_id is not None:
        return step.text
    return asked_words(query, step.text) if step.kind == "raised" else _(step.text)


def asked_words(query: DataQuery, text: str) -> str:
    """The question; as it is kept where the check of today does not ask it in these words."""
    if not query.check_name or language() == "en":
        return text
    beside = checks_beside.told(query.check_name, text)
    if beside is not None:
        return beside
    definition = study.current()
    if query.form not in definition.definition.form_by_name:
        return text
    found = definition.form(query.form).retold(query.check_name, text)
    return found[language()] if found else text
