"""`agno.models.nvidia.nvidia`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.vendors import Nvidia as Nvidia

__getattr__ = names_of(__name__)
