"""`agno.models.meta.llama_openai`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.vendors import LlamaOpenAI as LlamaOpenAI

__getattr__ = names_of(__name__)
