"""Layer 6: the `agnolo` command. Nothing imports it."""
