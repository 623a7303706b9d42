"""Accounts: invitations, roles, duties, the second person, and who could do what when."""
