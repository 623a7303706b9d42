"""The vault: the only code that can read an arm, behind six doors.

Everything here lies in the schema `arms`, which the role `app` cannot read. A door takes the role
`vault` for a moment (`role.py`) and opens what is sealed (`sealing.py`) with a key that is never
in the database (`key.py`).
"""
