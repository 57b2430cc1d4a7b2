"""`agno.tools.function`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.ports.function import Function as Function
from agnolo.ports.function import ToolResult as ToolResult
from agnolo.ports.function_call import FunctionCall as FunctionCall
from agnolo.vocabulary.executions import UserFeedbackOption as UserFeedbackOption
from agnolo.vocabulary.executions import UserFeedbackQuestion as UserFeedbackQuestion
from agnolo.vocabulary.executions import UserInputField as UserInputField

__getattr__ = names_of(__name__)
