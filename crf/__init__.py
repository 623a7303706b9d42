"""Participants and their data: blind throughout, knows nothing of arms."""
