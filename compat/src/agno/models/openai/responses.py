"""`agno.models.openai.responses`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.openai_responses_model import OpenAIResponses as OpenAIResponses

__getattr__ = names_of(__name__)
