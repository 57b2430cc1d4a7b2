"""Layer 3: what a run does. Colourless: every await ends in a port."""
