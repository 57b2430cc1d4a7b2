"""Tools to think with: a scratchpad that a model fills before it acts, and a look back after it."""

from __future__ import annotations

from typing import Any, Unpack

import msgspec

from agnolo.ports.toolkit import Tool, Toolkit, ToolkitOptions
from agnolo.vocabulary import codec
from agnolo.vocabulary.reasoning import NextAction, ReasoningStep
from agnolo.vocabulary.runs import RunContext

STATE = "reasoning_steps"
"""Where the steps are in session_state: by run, each as JSON."""

_INSTRUCTIONS = """\
You can think in steps before you answer.
- Call `think` first: say what is asked, what is known, and what you will do next.
- Then do it. Independent tool calls may be made side by side.
- Call `analyze` on what came of it: is it right, and is it enough? Its `next_action` is `continue` to go on thinking,
  `validate` to check the result another way, or `final_answer` when you are done.
- Steps are notes to yourself. Do not repeat them to the user; give a short and clear answer at the end."""

_EXAMPLE = """\
Example. Asked: "How long does light take from the Sun to Mars?"
think(title="What is needed", thought="The distance from the Sun to Mars, divided by the speed of light.",
      action="Recall the distance", confidence=0.9)
analyze(title="Check the result", result="228 million km / 300,000 km/s = 760 s", analysis="That is near 12.7 minutes.",
        next_action="final_answer", confidence=0.95)
Answer: "About 12.7 minutes." """


class ReasoningTools(Toolkit):
    """`think` and `analyze`; `all` switches on both. `instructions` take the place of those in `add_instructions`.

    `add_few_shot` adds an example to the instructions: `few_shot_examples`, else one of ours.
    """

    def __init__(
        self,
        *,
        enable_think: bool = True,
        enable_analyze: bool = True,
        all: bool = False,
        add_few_shot: bool = False,
        few_shot_examples: str | None = None,
        **options: Unpack[ToolkitOptions],
    ) -> None:
        if options.get("instructions") is None:
            example = f"\n\n{few_shot_examples or _EXAMPLE}" if add_few_shot else ""
            options["instructions"] = f"<reasoning_instructions>\n{_INSTRUCTIONS}{example}\n</reasoning_instructions>"
        tools: list[Tool] = [self.think] if all or enable_think else []
        tools += [self.analyze] if all or enable_analyze else []
        super().__init__(name="reasoning_tools", tools=tools, **options)

    def think(
        self, run_context: RunContext, title: str, thought: str, action: str = "", confidence: float = 0.8
    ) -> str:
        """Write down a thought before you act. Call it as often as you need; the user does not see it.

        Args:
            title: A few words for this step.
            thought: All that you think at this step, in full.
            action: What you will do because of it.
            confidence: How sure you are, from 0.0 to 1.0.
        """
        step = ReasoningStep(
            title=title,
            reasoning=thought,
            action=action or None,
            next_action=NextAction.CONTINUE,
            confidence=confidence,
        )
        return _noted(run_context, step)

    def analyze(
        self,
        run_context: RunContext,
        title: str,
        result: str,
        analysis: str,
        next_action: str = "continue",
        confidence: float = 0.8,
    ) -> str:
        """Look at what came of a step, and decide how to go on.

        Args:
            title: A few words for this step.
            result: What came of the last action.
            analysis: Whether it is right and enough.
            next_action: "continue", "validate" or "final_answer".
            confidence: How sure you are, from 0.0 to 1.0.
        """
        follows = NextAction.of(next_action)
        step = ReasoningStep(title=title, result=result, reasoning=analysis, next_action=follows, confidence=confidence)
        return _noted(run_context, step)


def _noted(run_context: RunContext, step: ReasoningStep) -> str:
    """Keep the step with those of the run before it, and show them all."""
    kept: dict[str, Any] = run_context.session_state.setdefault(STATE, {})
    steps: list[str] = kept.setdefault(run_context.run_id, [])
    steps.append(codec.dumps(step.to_dict()).decode())
    return "\n\n".join(_shown(number, text) for number, text in enumerate(steps, 1))


def _shown(number: int, text: str) -> str:
    step = msgspec.convert(codec.loads(text), ReasoningStep)
    return (
        f"Step {number}:\nTitle: {step.title}\nReasoning: {step.reasoning}\nAction: {step.action}\n"
        f"Confidence: {step.confidence}"
    )
