"""`agno.models.openai`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.openai_model import OpenAIChat as OpenAIChat
from agnolo.providers.openai_model import OpenAILike as OpenAILike
from agnolo.providers.openai_responses_model import OpenAIResponses as OpenAIResponses
from agnolo.providers.openai_responses_model import OpenResponses as OpenResponses

__getattr__ = names_of(__name__)
