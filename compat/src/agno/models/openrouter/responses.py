"""`agno.models.openrouter.responses`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.openai_responses_vendors import OpenRouterResponses as OpenRouterResponses

__getattr__ = names_of(__name__)
