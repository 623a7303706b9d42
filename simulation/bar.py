"""A progress bar on a terminal; a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TextIO

WIDTH = 30


class Bar:
    """tell(what, share) redraws it at most ten times a second."""

    def __init__(self, out: TextIO = sys.stderr) -> None:
        self._out, self._live = out, out.isatty()
        self._drawn, self._start = 0.0, time.monotonic()

    def __call__(self, what: str, share: float) -> None:
        now = time.monotonic()
        if now - self._drawn < (0.1 if self._live else 10):
            return
        self._drawn = now
        share = min(1.0, max(0.0, share))
        full = round(WIDTH * share)
        line = f"[{'#' * full}{'.' * (WIDTH - full)}] {share:4.0%}  {what}"
        self._out.write(f"\r{line:<70}" if self._live else f"{line}\n")
        self._out.flush()

    def end(self, what: str) -> None:
        took = time.monotonic() - self._start
        line = f"[{'#' * WIDTH}] 100%  {what}, {took:.0f} s"
        self._out.write(f"\r{line:<70}\n" if self._live else f"{line}\n")
        self._out.flush()
