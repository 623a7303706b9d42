"""A copy of what is recorded, of some centres or of the whole trial, that needs no service to be
read: a folder of data, trail, definitions and casebooks, with a signed manifest.

`read` writes what the database holds, in one transaction; `history` rebuilds the versions of an
entry from the trail; `tables`, `casebook` and `pdf` make of these files, and of nothing else, what
people and statistical programs open; `manifest` signs; `write` does all of it. `make` is what a
worker does for a centre's certified copy.
"""
