"""`agno.knowledge.embedder.openai`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.openai_embedder import OpenAIEmbedder as OpenAIEmbedder

__getattr__ = names_of(__name__)
