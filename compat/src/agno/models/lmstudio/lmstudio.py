"""`agno.models.lmstudio.lmstudio`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.vendors import LMStudio as LMStudio

__getattr__ = names_of(__name__)
