"""What went wrong on this machine, as one sentence for the person who started the service."""


class Trouble(Exception):
    """Its message says what, where and how to mend it; it is printed without a traceback."""
