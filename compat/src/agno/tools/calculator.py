"""`agno.tools.calculator`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.tools.calculator import CalculatorTools as CalculatorTools

__getattr__ = names_of(__name__)
