"""`agno.guardrails.base`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.ports.guardrail import BaseGuardrail as BaseGuardrail

__getattr__ = names_of(__name__)
