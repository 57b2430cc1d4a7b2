"""`agno.models.openai.chat`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.openai_model import OpenAIChat as OpenAIChat

__getattr__ = names_of(__name__)
