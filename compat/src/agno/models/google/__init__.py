"""`agno.models.google`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.gemini_model import Gemini as Gemini

__getattr__ = names_of(__name__)
