"""`agno.tools.function`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.ports.function import Function as Function
from agnolo.ports.function import ToolResult as ToolResult

__getattr__ = names_of(__name__)
