"""Log lines are JSON with a time, a level and an event; never a value, never an arm."""

import re

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, WrappedLogger

ADDED = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]

# What the database says of a failed statement quotes the row; its kind and its place are enough.
QUOTED = re.compile(
    r"^((?:psycopg|django\.db)[\w.]*): .*?(?=\n\n(?:The above|During)|\Z)", re.M | re.S
)


def without_rows(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """The traceback of a database error, without the values of the row that it is about."""
    if "exception" in event:
        event["exception"] = QUOTED.sub(r"\1", event["exception"])
    return event


def formatter() -> ProcessorFormatter:
    return ProcessorFormatter(
        foreign_pre_chain=ADDED,
        processors=[
            ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            without_rows,
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
    )
