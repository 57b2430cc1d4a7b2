"""`agno.models.inception`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.vendors import Inception as Inception

__getattr__ = names_of(__name__)
