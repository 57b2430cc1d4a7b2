"""`agno.db.schemas`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.vocabulary.approvals import Approval as Approval
from agnolo.vocabulary.sessions import UserMemory as UserMemory

__getattr__ = names_of(__name__)
