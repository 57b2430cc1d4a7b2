"""`agno.guardrails.openai`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.moderation import OpenAIModerationGuardrail as OpenAIModerationGuardrail

__getattr__ = names_of(__name__)
