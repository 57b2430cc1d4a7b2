"""`agno.metrics`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.vocabulary.metrics import MessageMetrics as MessageMetrics
from agnolo.vocabulary.metrics import ModelMetrics as ModelMetrics
from agnolo.vocabulary.metrics import RunMetrics as RunMetrics
from agnolo.vocabulary.metrics import SessionMetrics as SessionMetrics
from agnolo.vocabulary.metrics import ToolCallMetrics as ToolCallMetrics

__getattr__ = names_of(__name__)
