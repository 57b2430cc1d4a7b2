"""`agno.utils.timer`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.runtime.timer import Timer as Timer

__getattr__ = names_of(__name__)
