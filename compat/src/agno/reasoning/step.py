"""`agno.reasoning.step`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.vocabulary.reasoning import NextAction as NextAction
from agnolo.vocabulary.reasoning import ReasoningStep as ReasoningStep
from agnolo.vocabulary.reasoning import ReasoningSteps as ReasoningSteps

__getattr__ = names_of(__name__)
