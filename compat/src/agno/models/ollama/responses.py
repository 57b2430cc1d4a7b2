"""`agno.models.ollama.responses`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.openai_responses_vendors import OllamaResponses as OllamaResponses

__getattr__ = names_of(__name__)
