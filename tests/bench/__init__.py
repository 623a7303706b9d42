"""Speed beside its references, measured in one run: `make bench`."""
