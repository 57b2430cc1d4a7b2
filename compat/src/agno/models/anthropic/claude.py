"""`agno.models.anthropic.claude`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.anthropic_model import Claude as Claude
from agnolo.providers.anthropic_request import SystemPromptBlock as SystemPromptBlock

__getattr__ = names_of(__name__)
