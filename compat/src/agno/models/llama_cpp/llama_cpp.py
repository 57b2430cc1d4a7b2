"""`agno.models.llama_cpp.llama_cpp`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.vendors import LlamaCpp as LlamaCpp

__getattr__ = names_of(__name__)
