"""`agno.models.litellm.litellm_openai`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.vendors import LiteLLMOpenAI as LiteLLMOpenAI

__getattr__ = names_of(__name__)
