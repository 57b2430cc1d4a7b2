"""`agno.guardrails.prompt_injection`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.guardrails.prompt_injection import PromptInjectionGuardrail as PromptInjectionGuardrail

__getattr__ = names_of(__name__)
