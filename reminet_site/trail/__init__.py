"""The trail from outside the triggers: its export, its anchors, its page, its redactions."""
