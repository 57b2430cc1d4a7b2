"""`agno.memory`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.agent.memories import MemoryManager as MemoryManager
from agnolo.agent.memories import MemoryOptimizationStrategy as MemoryOptimizationStrategy
from agnolo.agent.memories import MemoryOptimizationStrategyType as MemoryOptimizationStrategyType
from agnolo.agent.memories import SummarizeStrategy as SummarizeStrategy
from agnolo.vocabulary.sessions import UserMemory as UserMemory

__getattr__ = names_of(__name__)
