"""Endpoints of the trial: pure functions from dated source facts to derived variables.

One function a variable. Each result names the entries that it was read from and the rule that
gave it. No Django, no clock: what is known up to a cut-off is decided by `cutoff.cut`.
"""
