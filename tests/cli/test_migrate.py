"""`agnolo migrate`: imports of `agno` become imports of `agnolo`, and all else stays as it is."""

import stat
from pathlib import Path

import pytest

from tests.cli.conftest import Agnolo
from tests.cli.programs_of_users import write


def rewritten(agnolo: Agnolo, text: str) -> str:
    """The program after --write; a second time changes nothing."""
    path = write(Path("app.py"), text)
    agnolo("migrate", "--write", "app.py")
    once = path.read_bytes()
    agnolo("migrate", "--write", "app.py")
    assert path.read_bytes() == once
    return once.decode()


def test_difference_is_printed_as_a_patch_and_nothing_is_written(agnolo: Agnolo) -> None:
    text = "import os\n\nfrom agno.agent import Agent  # the agent\n\nAgent(enable_user_memories=True)"
    path = write(Path("app.py"), text)
    assert agnolo("migrate", "app.py") == (
        0,
        "--- a/app.py\n+++ b/app.py\n@@ -1,5 +1,5 @@\n import os\n \n"
        "-from agno.agent import Agent  # the agent\n+from agnolo import Agent  # the agent\n \n"
        "-Agent(enable_user_memories=True)\n\\ No newline at end of file\n"
        "+Agent(update_memory_on_run=True)\n\\ No newline at end of file\n",
        "",
    )
    assert path.read_text() == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from agno.agent import Agent", "from agnolo import Agent"),
        ("from agno.agent import Agent as A, Message", "from agnolo import Agent as A, Message"),
        ("from  agno . agent   import  Agent", "from  agnolo   import  Agent"),
        ("from agno.agent \\\n    import Agent", "from agnolo \\\n    import Agent"),
        ("if x: from agno.agent import Agent", "if x: from agnolo import Agent"),
        ("from agno.models.vllm import VLLM", "from agnolo.providers.vendors import VLLM"),
        (
            "from agno.run.agent import (  # all\n    RunContentEvent,  # one\n\n    RunStartedEvent\n)  # end",
            "from agnolo.vocabulary.events import (  # all\n    RunContentEvent,  # one\n\n    RunStartedEvent\n"
            ")  # end",
        ),
        (
            "from agno.run.agent import RunOutputEvent, BaseAgentRunEvent as B",
            "from agnolo.vocabulary.events import RunEventBase as RunOutputEvent, RunEventBase as B",
        ),
        (
            "from agno.models.metrics import Metrics",
            "from agnolo.vocabulary.metrics import MessageMetrics as Metrics",
        ),
    ],
)
def test_statement_that_goes_to_one_module_keeps_its_form(before: str, after: str, agnolo: Agnolo) -> None:
    assert rewritten(agnolo, f"{before}\n") == f"{after}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "from agno.run.agent import RunOutput, RunInput  # both",
            "from agnolo import RunOutput\nfrom agnolo.vocabulary.run_input import RunInput  # both",
        ),
        (
            "if 1:\n    from agno.run.agent import RunOutput, RunInput as I",
            "if 1:\n    from agnolo import RunOutput\n    from agnolo.vocabulary.run_input import RunInput as I",
        ),
        (
            "import os; from agno.run.agent import RunOutput, RunInput",
            "import os; from agnolo import RunOutput; from agnolo.vocabulary.run_input import RunInput",
        ),
        (
            "from agno.run.agent import RunOutput, RunInput; x = 1",
            "from agnolo import RunOutput; from agnolo.vocabulary.run_input import RunInput; x = 1",
        ),
        (
            "from agno.run.agent import (  # head\n    RunOutput,  # output\n    # before\n    RunStartedEvent,\n"
            "    RunContentEvent,  # content\n    RunInput, RunEvent  # two\n    # last\n)",
            "from agnolo import (\n    # head\n    RunOutput,  # output\n    # last\n    RunEvent,  # two\n)\n"
            "from agnolo.vocabulary.events import (\n    # before\n    RunStartedEvent,\n"
            "    RunContentEvent,  # content\n)\nfrom agnolo.vocabulary.run_input import RunInput",
        ),
        (
            "def f():\n    from agno.run.agent import (\n        RunOutput,\n        RunInput,  # input\n    )",
            "def f():\n    from agnolo import RunOutput\n    from agnolo.vocabulary.run_input import RunInput  # input",
        ),
    ],
)
def test_statement_that_goes_to_several_modules_is_split(before: str, after: str, agnolo: Agnolo) -> None:
    assert rewritten(agnolo, f"{before}\n") == f"{after}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import agno.agent\nagno.agent.Agent()", "import agnolo\nagnolo.Agent()"),
        ("import agno\nimport agno.agent\nagno.agent.Agent()", "import agno\nimport agnolo\nagnolo.Agent()"),
        (
            "import agno.agent, os, agno.models.vllm, agno.media\n"
            "agno.agent.Agent(agno.models.vllm.VLLM(), agno.media.Image)",
            "import agnolo, os, agnolo.providers.vendors\nagnolo.Agent(agnolo.providers.vendors.VLLM(), agnolo.Image)",
        ),
        ("import agno.models.vllm as v\nv.VLLM()", "import agnolo.providers.vendors as v\nv.VLLM()"),
        ("from agno.models import vllm as v\nv.VLLM()", "import agnolo.providers.vendors as v\nv.VLLM()"),
        (
            "from agno import models\nmodels.vllm.VLLM()",
            "import agnolo.providers.vendors\nagnolo.providers.vendors.VLLM()",
        ),
        (
            "import agno.run.agent as r\nr.RunOutput, r.RunInput",
            "import agnolo, agnolo.vocabulary.run_input\nagnolo.RunOutput, agnolo.vocabulary.run_input.RunInput",
        ),
        (
            "from agno import agent, media\nagent.Agent(), media.Image",
            "import agnolo as agent\nimport agnolo as media\nagent.Agent(), media.Image",
        ),
        ("from agno.media import *\nImage, Audio, print", "from agnolo import Audio, Image\nImage, Audio, print"),
        (
            "from agno.run.agent import *\nRunOutput, RunInput",
            "from agnolo.vocabulary.run_input import RunInput\nfrom agnolo import RunOutput\nRunOutput, RunInput",
        ),
    ],
)
def test_modules_and_stars_become_what_is_used_of_them(before: str, after: str, agnolo: Agnolo) -> None:
    assert rewritten(agnolo, f"{before}\n") == f"{after}\n"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            "from agno.agent import Agent, RemoteAgent",
            "from agnolo import Agent\nfrom agno.agent import RemoteAgent",
            ["1: agno.agent.RemoteAgent is left: Agno has it, Agnolo does not yet: "
             "keep this part on Agno until Agnolo has it"],
        ),
        (
            "import agno.nowhere.deep",
            None,
            ["1: agno.nowhere.deep is left: Agnolo has no such module: keep this part on Agno until Agnolo has it"],
        ),
        (
            "import agno.agent as a\na.Agent, a.RemoteAgent",
            "import agnolo, agno.agent as a\nagnolo.Agent, a.RemoteAgent",
            ["2: agno.agent.RemoteAgent is left: Agno has it, Agnolo does not yet: "
             "keep this part on Agno until Agnolo has it"],
        ),
        (
            "from agno import agent\nf(agent)",
            None,
            ["1: import agno.agent is left: the module itself is used as agent"],
        ),
        ("import agno.agent as a", None, ["1: import agno.agent is left: nothing of it is used by name"]),
        ("from agno.agent import *", None, ["1: from agno.agent import * is left: nothing of it is used"]),
        (
            "from agno.agent import *\nAgent, RemoteAgent",
            "from agnolo import Agent\nfrom agno.agent import *\nAgent, RemoteAgent",
            ["2: agno.agent.RemoteAgent is left: Agno has it, Agnolo does not yet: "
             "keep this part on Agno until Agnolo has it"],
        ),
        ("patch('agno.agent.Agent')", None, ["1: 'agno.agent.Agent' is left: it is a text"]),
        (
            "from agnolo import Agent\nAgent(enable_user_memories=1, update_memory_on_run=1)",
            None,
            ["2: enable_user_memories= is left: update_memory_on_run= is given beside it"],
        ),
        (
            "from agnolo import Agent\nAgent(reasoning=True)",
            None,
            ["2: Agent(reasoning=) is left: Agno 3 removed it: use a model that reasons"],
        ),
    ],
)  # fmt: skip
def test_what_can_not_be_changed_is_named_and_left(
    before: str, after: str | None, said: list[str], agnolo: Agnolo
) -> None:
    path = write(Path("app.py"), f"{before}\n")
    ran = agnolo("migrate", "--write", "app.py")
    assert (ran.code, ran.err.splitlines()) == (1, [f"app.py:{line}" for line in said])
    assert path.read_text() == f"{after or before}\n"
    assert ran.out == ("rewrote app.py\n" if after else "")


def test_options_of_agno_2_get_their_names_of_today(agnolo: Agnolo) -> None:
    before = """
        from agno.agent import Agent

        agent = Agent(name="é", enable_user_memories=True, **more)
        agent.run("é", stream=True, stream_intermediate_steps=True, yield_run_response=True)
        other(enable_user_memories=True)
    """
    assert rewritten(agnolo, before).splitlines()[2:5] == [
        'agent = Agent(name="é", update_memory_on_run=True, **more)',
        'agent.run("é", stream=True, stream_events=True, yield_run_output=True)',
        "other(enable_user_memories=True)",
    ]


def test_program_without_agno_is_left_alone(agnolo: Agnolo) -> None:
    write(Path("app.py"), "from agnology import x\nfrom .agno.agent import y\nfrom . import agno\nimport agnostic\n")
    assert agnolo("migrate", "app.py") == (0, "", "")


def test_folders_are_rewritten_and_what_can_not_be_read_is_named(agnolo: Agnolo) -> None:
    write(Path("all/a.py"), "from agno.agent import Agent\n")
    write(Path("all/b.py"), "from agno.agent import (\n")
    write(Path("all/deep/c.py"), "from agno.media import Image\n")
    ran = agnolo("migrate", "--write", "all")
    assert ran == (
        2,
        "rewrote all/a.py\nrewrote all/deep/c.py\n",
        "agnolo: all/b.py:1 is not valid Python: '(' was never closed\n",
    )
    assert Path("all/deep/c.py").read_text() == "from agnolo import Image\n"
    assert agnolo("migrate", "nowhere") == (2, "", "agnolo: there is no file or folder 'nowhere': check the path\n")


def test_line_ends_encoding_and_mode_stay(agnolo: Agnolo) -> None:
    path = Path("app.py")
    text = "# coding: latin-1\r\n# \xe8\r\nfrom agno.run.agent import RunOutput, RunInput\r\nx = '\x0c'\r\n"
    path.write_bytes(text.encode("latin-1"))
    path.chmod(0o750)
    Path("link.py").symlink_to("app.py")
    agnolo("migrate", "--write", "link.py")
    new = "from agnolo import RunOutput\r\nfrom agnolo.vocabulary.run_input import RunInput\r\n"
    assert path.read_bytes() == text.replace("from agno.run.agent import RunOutput, RunInput\r\n", new).encode(
        "latin-1"
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o750
    assert Path("link.py").is_symlink()


def test_mark_of_utf_8_stays(agnolo: Agnolo) -> None:
    Path("app.py").write_bytes("\ufefffrom agno.agent import Agent\n".encode())
    agnolo("migrate", "--write", "app.py")
    assert Path("app.py").read_bytes() == "\ufefffrom agnolo import Agent\n".encode()


def test_file_is_whole_when_it_can_not_be_replaced(agnolo: Agnolo, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*paths: str) -> None:
        raise OSError(28, "No space left on device")

    path = write(Path("app.py"), "from agno.agent import Agent\n")
    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="No space"):
        agnolo("migrate", "--write", "app.py")
    assert (path.read_text(), list(Path().glob("*.py*")), list(Path().glob(".app*"))) == (
        "from agno.agent import Agent\n",
        [path],
        [],
    )
