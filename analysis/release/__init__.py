"""A release: one zip with a CSV a form, the derived dataset, a codebook and a manifest.

`layout` says which files and columns there are, `cells` what stands in a cell, `derived` the
dataset a participant, `bundle` writes and packs, `make` is what a worker calls.
"""
