"""How the next arm is chosen. Pure functions: no Django, no clock, no randomness of their own."""
