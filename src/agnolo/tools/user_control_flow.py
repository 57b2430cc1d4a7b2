"""The model asks a person to fill in fields: the run waits for the answers."""

from __future__ import annotations

from typing import Any, Unpack

from agnolo.ports.toolkit import Toolkit, WordlessToolkitOptions

INSTRUCTIONS = """\
With `get_user_input` the user fills in what you lack.

- Call `get_user_input` for what the task needs and nobody has said. Do not ask in your reply, and make nothing up.
- Ask only for fields that you do not know, each with a plain description and a Python type.
- An answer may be empty: take that as a no for a yes-or-no field, and as left out for any other. A yes-or-no field is \
a yes only if the answer plainly says so.
- Take each answer as it is and convert it yourself. Never ask for the same field again.
- Go on with the task as soon as the answers are there, without asking whether they are right."""


class UserControlFlowTools(Toolkit):
    """One tool, get_user_input: a call of it pauses the run with a requirement of `user_input`."""

    def __init__(
        self,
        instructions: str | None = None,
        add_instructions: bool = True,  # noqa: FBT001, FBT002 - the reference's signature
        enable_get_user_input: bool = True,  # noqa: FBT001, FBT002 - the reference's signature
        all: bool = False,  # noqa: FBT001, FBT002 - the reference's signature
        **options: Unpack[WordlessToolkitOptions],
    ) -> None:
        super().__init__(
            name="user_control_flow_tools",
            tools=[self.get_user_input] if all or enable_get_user_input else [],
            instructions=INSTRUCTIONS if instructions is None else instructions,
            add_instructions=add_instructions,
            **options,
        )

    def get_user_input(self, user_input_fields: list[dict[str, Any]]) -> str:
        """Let the user fill in a form: everything you need for the task, in one call.

        Args:
            user_input_fields (list[dict[str, str]]): One dictionary for each field, with field_name, field_type (the
                name of a Python type: str, int, float, bool, list, dict) and field_description.
        """
        return "User input received"
