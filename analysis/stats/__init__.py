"""Statistics of the trial: pure functions, arrays in, frozen dataclasses out.

No Django, no clock, no file, no randomness. `None` stands for "not estimable" everywhere:
no function returns an infinity or a NaN, and none carries a value past the last follow-up.
Time is a whole number of days. The conventions are those of R `survival` (3.5) with
`conf.type = "log-log"`.
"""
