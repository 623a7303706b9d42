"""A table with a column for each item of the bench's 40-item form."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from tests.bench.forms import items


def column(item: dict) -> models.Field:
    """The model field of an item, with the item's hard limits as validators."""
    limits = [
        check(bound)
        for check, bound in zip((MinValueValidator, MaxValueValidator), item.get("hard", ()))
    ]
    kind = item["type"]
    if kind == "date":
        return models.DateField()
    if kind == "time":
        return models.TimeField()
    if kind == "integer":
        return models.IntegerField(validators=limits)
    if kind == "decimal":
        return models.DecimalField(max_digits=9, decimal_places=1, validators=limits)
    if kind in {"yesno", "choice"}:
        codes = item["codes"]
        return models.CharField(max_length=20, choices=[(code, code) for code in codes])
    return models.CharField(max_length=200)


def table(name: str, count: int) -> type[models.Model]:
    body = {item["name"]: column(item) for item in items(count)}
    return type(name, (models.Model,), {"__module__": __name__, **body})


Plain40 = table("Plain40", 40)
Plain60 = table("Plain60", 60)
