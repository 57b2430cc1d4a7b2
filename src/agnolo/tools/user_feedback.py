"""The model lets a person choose: questions with options, and the run waits for the answers."""

from __future__ import annotations

from typing import Annotated, Unpack

import msgspec

from agnolo.ports.toolkit import Toolkit, WordlessToolkitOptions

INSTRUCTIONS = """\
With `ask_user` the user chooses between options that you offer.

- Call `ask_user` when a choice is the user's and you can name what there is to choose from: two to four options.
- A question is short, clear and ends with a question mark; its header has at most twelve characters.
- An option has a label of a few words, and a description if the label does not say all.
- Set multi_select to true only where several options go together."""


class AskUserOption(msgspec.Struct):
    """One thing to choose."""

    label: Annotated[str, msgspec.Meta(description="What is chosen, in one to five words.")]
    description: Annotated[str | None, msgspec.Meta(description="What choosing it means.")] = None


class AskUserQuestion(msgspec.Struct):
    """A question with what there is to choose from."""

    question: Annotated[str, msgspec.Meta(description="The question, ending with a question mark.")]
    header: Annotated[str, msgspec.Meta(description="A label for it of at most twelve characters, such as 'Colour'.")]
    options: Annotated[list[AskUserOption], msgspec.Meta(description="Two to four options.")]
    multi_select: Annotated[bool, msgspec.Meta(description="Whether several options may be chosen.")] = False


class UserFeedbackTools(Toolkit):
    """One tool, ask_user: a call of it pauses the run with a requirement of `user_feedback`."""

    def __init__(
        self,
        instructions: str | None = None,
        add_instructions: bool = True,  # noqa: FBT001, FBT002 - the reference's signature
        **options: Unpack[WordlessToolkitOptions],
    ) -> None:
        super().__init__(
            name="user_feedback_tools",
            tools=[self.ask_user],
            instructions=INSTRUCTIONS if instructions is None else instructions,
            add_instructions=add_instructions,
            **options,
        )

    def ask_user(self, questions: list[AskUserQuestion]) -> str:
        """Let the user answer questions by choosing from options.

        Args:
            questions: The questions, each with a header, its text and the options.
        """
        return "User feedback received"
