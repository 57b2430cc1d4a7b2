"""`agno.tools.user_feedback`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.tools.user_feedback import AskUserOption as AskUserOption
from agnolo.tools.user_feedback import AskUserQuestion as AskUserQuestion
from agnolo.tools.user_feedback import UserFeedbackTools as UserFeedbackTools

__getattr__ = names_of(__name__)
