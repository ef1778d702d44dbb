"""An archive carried away whole, as JSON Lines, and brought back, on whichever database."""
