"""Log lines are JSON with a time, a level and an event; never a value, never an arm."""

import structlog

renderer = structlog.processors.JSONRenderer(sort_keys=True)
