"""`agno.models.ollama.chat`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.ollama_model import Ollama as Ollama

__getattr__ = names_of(__name__)
