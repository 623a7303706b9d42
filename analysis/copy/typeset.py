"""Run by itself, `python typeset.py ROOM TARGET SECONDS`: casebook.typ in ROOM becomes TARGET.

A process of its own for each volume: typst keeps what it has set until its process ends.
"""

import sys

import typst


def main(room: str, target: str, seconds: str) -> None:
    typst.compile(
        f"{room}/casebook.typ",
        output=target,
        root=room,
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards="ua-1",  # type: ignore[arg-type]
        timestamp=int(seconds),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
