"""Signatures: who signed what, when, meaning what; bound to the content, never changed."""
