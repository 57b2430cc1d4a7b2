"""`agno.knowledge.embedder.base`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.ports.embedder import Embedder as Embedder

__getattr__ = names_of(__name__)
