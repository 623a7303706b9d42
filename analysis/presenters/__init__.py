"""From stored figures to what a page shows: words, geometry, rounding. Pure."""
