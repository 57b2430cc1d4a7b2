"""`agno.models.sambanova.sambanova`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.vendors import Sambanova as Sambanova

__getattr__ = names_of(__name__)
