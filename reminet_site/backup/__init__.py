"""Backups: sealed, read back; restored into an empty database, compared (docs/backup.md)."""
