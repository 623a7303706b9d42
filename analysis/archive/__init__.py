"""The archive of a trial that has ended: one folder, read without the service (docs/backup.md)."""
