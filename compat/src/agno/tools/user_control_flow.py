"""`agno.tools.user_control_flow`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.tools.user_control_flow import UserControlFlowTools as UserControlFlowTools

__getattr__ = names_of(__name__)
