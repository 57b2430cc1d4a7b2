"""`agno.knowledge.embedder.google`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.gemini_embedder import GeminiEmbedder as GeminiEmbedder

__getattr__ = names_of(__name__)
