"""`agno.models.cerebras.cerebras_openai`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.vendors import CerebrasOpenAI as CerebrasOpenAI

__getattr__ = names_of(__name__)
