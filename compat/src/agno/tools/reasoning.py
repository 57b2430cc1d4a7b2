"""`agno.tools.reasoning`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.tools.reasoning import ReasoningTools as ReasoningTools

__getattr__ = names_of(__name__)
