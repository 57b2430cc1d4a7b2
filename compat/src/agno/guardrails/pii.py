"""`agno.guardrails.pii`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.guardrails.pii import PIIDetectionGuardrail as PIIDetectionGuardrail

__getattr__ = names_of(__name__)
