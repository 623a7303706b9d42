"""PostgreSQL, the broker and the service on one machine, from wheels: no Django in here."""
