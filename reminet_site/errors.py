"""Every way of saying no, and the one place that knows its HTTP status."""


class Refusal(Exception):
    """It may not happen now. The sentence says what, where and how to mend it.

    `also`: what else stands in the way, where several things were asked together.
    """

    status = 422

    def __init__(self, sentence: str, *, item: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.item = item
        self.also: tuple[Refusal, ...] = ()


class NotAllowed(Refusal):
    """This person may not do this at all."""

    status = 403


class NotThere(Refusal):
    """Nothing by that name, or nothing that this person may know of: the same answer."""

    status = 404


class Conflict(Refusal):
    """Somebody else saved first."""

    status = 409
