"""`agno.hooks.decorator`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.ports.hook import hook as hook
from agnolo.ports.hook import should_run_in_background as should_run_in_background

__getattr__ = names_of(__name__)
