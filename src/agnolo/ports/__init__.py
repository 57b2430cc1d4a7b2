"""Layer 2: the seams. Protocols the engine speaks to, option mixins, and the tool classes users write."""
