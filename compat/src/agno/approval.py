"""`agno.approval`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.ports.approval import ApprovalType as ApprovalType
from agnolo.ports.approval import approval as approval

__getattr__ = names_of(__name__)
