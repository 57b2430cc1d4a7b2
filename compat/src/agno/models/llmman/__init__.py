"""`agno.models.llmman`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.vendors import Llmman as Llmman

__getattr__ = names_of(__name__)
