"""`agno.tools`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.ports.function import Function as Function
from agnolo.ports.function_call import FunctionCall as FunctionCall
from agnolo.ports.tool import tool as tool
from agnolo.ports.toolkit import Toolkit as Toolkit

__getattr__ = names_of(__name__)
