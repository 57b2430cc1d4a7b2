"""`agno.knowledge.embedder.ollama`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.ollama_embedder import OllamaEmbedder as OllamaEmbedder

__getattr__ = names_of(__name__)
