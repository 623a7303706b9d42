"""Log lines are JSON with a time, a level and an event; never a value, never an arm."""

import structlog
from structlog.stdlib import ProcessorFormatter

ADDED = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def formatter() -> ProcessorFormatter:
    return ProcessorFormatter(
        foreign_pre_chain=ADDED,
        processors=[
            ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
    )
