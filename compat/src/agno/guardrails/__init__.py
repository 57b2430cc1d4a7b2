"""`agno.guardrails`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.guardrails.pii import PIIDetectionGuardrail as PIIDetectionGuardrail
from agnolo.guardrails.prompt_injection import PromptInjectionGuardrail as PromptInjectionGuardrail
from agnolo.ports.guardrail import BaseGuardrail as BaseGuardrail
from agnolo.providers.moderation import OpenAIModerationGuardrail as OpenAIModerationGuardrail

__getattr__ = names_of(__name__)
