"""`agno.models.openai.like`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.openai_model import OpenAILike as OpenAILike

__getattr__ = names_of(__name__)
