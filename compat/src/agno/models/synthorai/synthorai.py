"""`agno.models.synthorai.synthorai`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.vendors import Synthorai as Synthorai

__getattr__ = names_of(__name__)
