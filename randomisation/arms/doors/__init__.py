"""The doors: one file each, one permitted importer each (held by the import contracts)."""
