"""`agno.knowledge.embedder.openai_like`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.openai_embedder import OpenAILikeEmbedder as OpenAILikeEmbedder

__getattr__ = names_of(__name__)
