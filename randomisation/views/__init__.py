"""The pages of the randomisation, one file a subject."""
