"""How places of the casebook are called in sentences and lists."""

from django.utils import translation

from crf.definition import Definition


def language() -> str:
    return "fr" if (translation.get_language() or "en").startswith("fr") else "en"


def visit_words(definition: Definition, visit: str) -> str:
    """ "Month 6" for ASM-06; the code itself where the definition does not know it."""
    code, _, ordinal = visit.partition("-")
    planned = definition.visit_by_code.get(code)
    if planned is None:
        return visit
    return planned.title(language(), int(ordinal) if ordinal.isdigit() else None)


def form_words(definition: Definition, form: str, visit: str, number: int = 1) -> str:
    """ "Tumour assessment, month 6", "Adverse event 3", "Injection 29", "Death"."""
    found = definition.form_by_name.get(form)
    if found is None:
        return f"{form}, {visit}"
    title = found.title[language()]
    if found.repeats:
        return f"{title} {number}"
    planned = definition.visit_by_code.get(visit.partition("-")[0])
    if planned is not None and planned.kind == "log":
        return title
    when = visit_words(definition, visit)
    says_it = when == title or when.startswith(f"{title} ")
    return when if says_it else f"{title}, {lower(when)}"


def item_words(definition: Definition, form: str, item: str, row: str = "") -> str:
    """The label of "item" or "group.item", with its row where it has one."""
    found = definition.form_by_name.get(form)
    if found is None:
        return item
    group, _, inner = item.partition(".")
    if group in found.group_by_name and not inner:
        label = found.group_by_name[group].title[language()]
    else:
        try:
            label = found.item(item).label[language()]
        except KeyError:
            return item
    return f"{label} ({row.removeprefix('r')})" if row else label


def place_words(
    definition: Definition, form: str, item: str, row: str, visit: str, number: int
) -> str:
    """ "Heart rate, vital signs, month 6"."""
    where = form_words(definition, form, visit, number)
    return f"{item_words(definition, form, item, row)}, {lower(where)}"


def lower(title: str) -> str:
    return title[:1].lower() + title[1:]
