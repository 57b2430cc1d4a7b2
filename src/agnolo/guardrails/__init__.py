"""Layer 3: guardrails that need nothing but the text. What asks a provider is in `providers/moderation.py`."""
