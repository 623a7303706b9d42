"""What pages show, as plain data: presenters choose words and order, templates loop and ask if."""
