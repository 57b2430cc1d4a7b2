"""`agno.models.fallback`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.ports.options import FallbackConfig as FallbackConfig

__getattr__ = names_of(__name__)
