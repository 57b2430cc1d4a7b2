"""`agnolo doctor app.py`: what a program uses of Agno that Agnolo has not."""

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Agnolo
from tests.cli.programs_of_users import write

PROGRAMS = Path(__file__).parents[1] / "compat" / "programs"
LATER = "keep this part on Agno until Agnolo has it"


def told(agnolo: Agnolo, text: str) -> list[str]:
    """What is found in a program, as `line what: why: remedy`."""
    write(Path("app.py"), text)
    found = json.loads(agnolo("doctor", "--json", "app.py").out)
    assert (found["files"], found["unreadable"]) == (1, [])
    return [f"{each['line']} {each['what']}: {each['why']}: {each['remedy']}" for each in found["findings"]]


def named(agnolo: Agnolo, text: str) -> list[str]:
    """The same without why and remedy."""
    return [line.partition(": ")[0] for line in told(agnolo, text)]


def test_programs_that_run_unchanged_have_nothing_to_tell(agnolo: Agnolo) -> None:
    ran = agnolo("doctor", str(PROGRAMS))
    count = len(list(PROGRAMS.glob("*.py")))
    assert (ran.code, ran.out, ran.err) == (0, f"{count} files: all that is used is supported\n", "")


def test_what_is_missing_is_told_with_place_reason_and_remedy(agnolo: Agnolo) -> None:
    write(
        Path("app.py"),
        """
        from agno.agent import Agent, Agnt
        from agno.models.azure import AzureAIFoundry

        agent = Agent(nam="Ada", enable_user_memories=True)
        agent.frobnicate()
        """,
    )
    ran = agnolo("doctor", "app.py")
    assert ran.code == 1
    assert [re.split("  +", line) for line in ran.out.splitlines()] == [
        ["where", "what", "why", "remedy"],
        ["app.py:1", "agno.agent.Agnt", "Agno 3.1.10 has none", "did you mean 'Agent'?"],
        [
            "app.py:2",
            "agno.models.azure.AzureAIFoundry",
            "refused on purpose",
            "use OpenAILike(base_url='https://….services.ai.azure.com/openai/v1', api_key=...)",
        ],
        ["app.py:4", "Agent(nam=)", "Agnolo's Agent has no such option", "did you mean 'name'?"],
        ["app.py:4", "Agent(enable_user_memories=)", "a spelling of Agno 2", "write update_memory_on_run"],
        ["app.py:5", "Agent.frobnicate()", "Agnolo's Agent has no such method", LATER],
        [""],
        ["1 file: 4 not supported, 1 in a spelling of Agno 2"],
    ]


def test_imports_are_found_in_every_spelling(agnolo: Agnolo) -> None:
    program = """
        import agno
        import agno.nowhere
        import agno.models.openai as models, agno.models.groq
        from agno import agent as module
        from agno.elsewhere import Thing as Other, Second
        from agno.absent import *
        from agno.agent import Agent as Helper, Nobody as Somebody
        from . import agno as mine
        from .agno import Anything
        import os.path

        models.Nope, agno.models.groq.Nope, module.Nope, agno.nowhere.Nope
        models.OpenAIChat, agno.models.groq.Groq, module.Agent, models.__name__
    """
    assert named(agnolo, program) == [
        "2 agno.nowhere",
        "5 agno.elsewhere.Thing",
        "5 agno.elsewhere.Second",
        "6 agno.absent",
        "7 agno.agent.Nobody",
        "12 agno.models.openai.Nope",
        "12 agno.models.groq.Nope",
        "12 agno.agent.Nope",
        "12 agno.nowhere",
    ]


def test_star_imports_bring_what_their_module_has(agnolo: Agnolo) -> None:
    program = """
        from agno.models.google import *
        from agno.agent import *

        GeminiInteractions, Gemini, print
        Agent(nam=1)
        Followups = 1
        Followups
    """
    assert named(agnolo, program) == ["4 agno.models.google.GeminiInteractions", "5 Agent(nam=)"]


def test_options_are_those_of_the_class(agnolo: Agnolo) -> None:
    program = """
        import agno.agent as a
        from agno.db.sqlite import SqliteDb
        from agno.models.openai import OpenAIChat
        from agno.models.google import Gemini
        from agno.tools import Toolkit, tool
        from agno.media import Image

        a.Agent(model=OpenAIChat(id="m", temprature=1), tools=[], **{"anything": 1})
        SqliteDb("a.db", db_fil="b.db")
        Gemini(vertexai=True)
        Image(url="u", nothing=1)
        Toolkit(name="t", timeot=1)

        @tool(naem="x", description="d")
        def look(): ...
    """
    assert told(agnolo, program) == [
        "8 OpenAIChat(temprature=): Agnolo's OpenAIChat has no such option: did you mean 'temperature'?",
        "9 SqliteDb(db_fil=): Agnolo's SqliteDb has no such option: did you mean 'db_file'?",
        "10 Gemini(vertexai=): refused on purpose: it reaches the Gemini API, not Vertex AI",
        f"11 Image(nothing=): Agnolo's Image has no such option: {LATER}",
        "12 Toolkit(timeot=): Agnolo's Toolkit has no such option: did you mean 'timeout'?",
        "14 tool(naem=): Agnolo's tool has no such option: did you mean 'name'?",
    ]


def test_spellings_of_agno_2_are_told_and_do_not_fail(agnolo: Agnolo) -> None:
    program = """
        from agno.agent import Agent
        from agno.models.metrics import Metrics

        async def main():
            agent = Agent(enable_user_memories=True)
            await agent.arun("Hi", stream_intermediate_steps=True)
            agent.print_response("Hi", stream_intermediate_steps=True)
    """
    assert named(agnolo, program) == [
        "2 agno.models.metrics.Metrics",
        "5 Agent(enable_user_memories=)",
        "6 Agent.arun(stream_intermediate_steps=)",
        "7 Agent.print_response(stream_intermediate_steps=)",
    ]
    ran = agnolo("doctor", "app.py")
    assert ran.code == 0
    assert ran.out.endswith("1 file: all that is used is supported, 4 in a spelling of Agno 2\n")


def test_spellings_of_agno_2_fail_where_agno_3_or_agnolo_refuses_them(agnolo: Agnolo) -> None:
    program = """
        from agno.agent import Agent
        import agnolo

        Agent(reasoning=True).run("Hi", retries=2)
        agnolo.Agent(enable_user_memories=True)
    """
    assert told(agnolo, program) == [
        "4 Agent(reasoning=): Agno 3 removed it: use a model that reasons",
        "4 Agent.run(retries=): Agno 3 removed it: give retries to the model",
        "5 Agent(enable_user_memories=): a spelling of Agno 2: write update_memory_on_run",
    ]
    assert agnolo("doctor", "app.py").code == 1


def test_names_of_agnolo_itself_are_checked(agnolo: Agnolo) -> None:
    program = """
        import agnolo.nowhere
        from agnolo import Agnt, Agent
        from agnolo.providers.vendors import Groq
        from agnolo.nowhere import Thing
        from agnolo.vocabulary import media, nothing

        Agent(nam=1), Groq(id="g", frobnicate=1), media.Image(url="u")
    """
    own = "check the spelling, or the page of its module in docs/"
    assert told(agnolo, program) == [
        f"1 agnolo.nowhere: Agnolo has no such module: {own}",
        "2 agnolo.Agnt: agnolo has no such name: did you mean 'Agent'?",
        f"4 agnolo.nowhere.Thing: Agnolo has no module agnolo.nowhere: {own}",
        f"5 agnolo.vocabulary.nothing: agnolo.vocabulary has no such name: {own}",
        "7 Agent(nam=): Agnolo's Agent has no such option: did you mean 'name'?",
        f"7 Groq(frobnicate=): Agnolo's Groq has no such option: {own}",
    ]


@pytest.mark.parametrize(
    "body",
    [
        "x = Agent()\nx.nope()",
        "x: Agent = something()\nx.nope()",
        "(x := Agent())\nx.nope()",
        "y, x = 1, Agent()\nx.nope()",
        "x = y = Agent()\nx.nope()",
        "with Agent() as x:\n    x.nope()",
        "Agent().nope()",
        "Agent.nope()",
        "def f(x: Agent):\n    x.nope()",
        "def f(x: 'Agent | None'):\n    x.nope()",
        "from typing import Optional\nasync def f(*, x: Optional[Agent] = None):\n    x.nope()",
        "from typing import Annotated\ndef f(x: Annotated[Agent, 1]):\n    x.nope()",
        "def make():\n    return Agent()\nx = make()\nx.nope()",
        "def make() -> Agent:\n    return unknown()\nmake().nope()",
        "async def make():\n    if 1:\n        return None\n    return Agent()\n"
        "async def f():\n    (await make()).nope()",
        "def f():\n    x.nope()\nx = Agent()",
        "def f():\n    global x\n    x = Agent()\nf()\ndef g():\n    x.nope()",
        "class A:\n    def __init__(self):\n        self.x = None\n"
        "        self.x = Agent()\n    def f(self):\n        self.x.nope()",
        "class A:\n    def f(self):\n        self.x.nope()\n    def __init__(self):\n"
        "        self.x = make()\ndef make():\n    return Agent()",
        "class A:\n    x: Agent\n    def f(self):\n        self.x.nope()",
        "class A:\n    x = Agent()\n    def f(self):\n        def g():\n            self.x.nope()",
        "class A(Agent):\n    pass\nx = A()\nx.nope()",
        "class A(Agent):\n    def f(self):\n        self.nope()",
        "class A(Agent):\n    def nope(self):\n        super().nope()",
        "class A(Agent):\n    def f(self): ...\nclass B(A):\n    def g(self):\n        self.f()\n        self.nope()",
        "x = [Agent().nope() for y in range(3)]",
        "x = {y: Agent().nope() for y in range(3) if y}",
        "x = lambda y: Agent().nope()",
    ],
)
def test_methods_are_found_on_whatever_holds_an_agent(body: str, agnolo: Agnolo) -> None:
    assert [line.partition(" ")[2] for line in named(agnolo, f"from agno.agent import Agent\n{body}\n")] == [
        "Agent.nope()"
    ]


@pytest.mark.parametrize(
    "body",
    [
        "x = Agent()\nx = x.run('Hi')\nx.nope()",
        "x = Agent()\nfor x in things:\n    x.nope()",
        "x = Agent()\n[x, *y] = things\nx.nope()",
        "x = Agent()\n[x.nope() for x in things]",
        "x = Agent()\nf = lambda x: x.nope()",
        "x = Agent()\ndef f(x):\n    x.nope()",
        "x = Agent() if a else other()\nx.nope()",
        "def make(a):\n    if a:\n        return Agent()\n    return other()\nmake(1).nope()",
        "@decorated\ndef make():\n    return Agent()\nmake().nope()",
        "class A:\n    def __init__(self):\n        self.x = Agent()\n"
        "        self.x = other()\n    def f(self):\n        self.x.nope()",
        "class A(Agent):\n    nope = other\n    def f(self):\n        self.nope()\nA().nope()",
        "class A(Agent):\n    def __init__(self, anything):\n        pass\nA(anything=1)",
        "class A(Agent, Other):\n    pass\nA(anything=1).nope()",
        "class A(Agent):\n    @staticmethod\n    def f(x):\n        x.nope()",
        "class A:\n    x = Agent()\n    def f(self):\n        x.nope()",
        "from other import Agent\nAgent(anything=1).nope()",
        "import agno.agent as a\na = other\na.Nope",
        "x: 'not a type' = 1\nx.nope()",
        "x: list[Agent] = []\nx.nope()",
        "holder.x = Agent()\nholder.x.nope()",
        "from agno.models.base import Model\nclass M(Model):\n    def f(self):\n        self.nope()\nM(anything=1)",
        "Agent()._private()",
    ],
)
def test_what_can_not_be_known_is_not_told(body: str, agnolo: Agnolo) -> None:
    assert told(agnolo, f"from agno.agent import Agent\n{body}\n") == []


def test_members_of_enumerations_are_checked(agnolo: Agnolo) -> None:
    program = "from agno.run import RunStatus as S\nS.completed, S.complete, S('COMPLETED').value\n"
    assert told(agnolo, program) == [
        "2 RunStatus.complete: Agnolo's RunStatus has no such member: did you mean 'completed'?"
    ]


def test_folders_are_searched_for_programs(agnolo: Agnolo) -> None:
    wrong = "from agno.agent import Agnt\n"
    for place in ("a.py", "deep/b.py", "deep/notes.txt", ".hidden/c.py", "env/d.py", "mine/e.py", "mine/pyvenv.cfg"):
        write(Path("all") / place, wrong)
    found = json.loads(agnolo("doctor", "--json", "all", "all/a.py").out)
    assert found["files"] == 2
    assert [each["file"] for each in found["findings"]] == ["all/a.py", "all/deep/b.py"]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"def f(:\n", "app.py:1 is not valid Python: invalid syntax"),
        (b"x = 1\0\n", "app.py is not valid Python: source code string cannot contain null bytes"),
        (b"x = '\xff'\n", "app.py is not valid Python: invalid or missing encoding declaration"),
        (b"x = 1\n\ny = '\xff'\n", "app.py can't be read as utf-8: save it as UTF-8"),
        (b"# coding: nonsense\n", "app.py is not valid Python: unknown encoding: nonsense"),
    ],
)
def test_what_can_not_be_read_is_named_and_the_rest_is_examined(raw: bytes, said: str, agnolo: Agnolo) -> None:
    Path("app.py").write_bytes(raw)
    write(Path("other.py"), "from agno.agent import Agnt\n")
    ran = agnolo("doctor", "app.py", "other.py")
    assert ran.code == 2
    assert said in ran.err
    assert "other.py:1" in ran.out


def test_path_that_is_not_there_is_an_error(agnolo: Agnolo) -> None:
    assert agnolo("doctor", "nope.py") == (2, "", "agnolo: there is no file or folder 'nope.py': check the path\n")
    assert agnolo("doctor", "--json").code == 2


def test_file_that_may_not_be_read_is_an_error(agnolo: Agnolo) -> None:
    Path("app.py").mkdir()
    Path("app.py/b.py").symlink_to("nowhere.py")
    ran = agnolo("doctor", "app.py")
    assert (ran.code, ran.err) == (2, "agnolo: app.py/b.py can't be read: No such file or directory\n")


def test_other_encodings_and_line_ends_are_read(agnolo: Agnolo) -> None:
    Path("app.py").write_bytes(b"# coding: latin-1\r\nx = '\xe8'\r\nfrom agno.agent import Agnt\r\n")
    Path("bom.py").write_bytes("\ufefffrom agno.agent import Agnt\n".encode())
    found = json.loads(agnolo("doctor", "--json", "app.py", "bom.py").out)["findings"]
    assert [(each["file"], each["line"]) for each in found] == [("app.py", 3), ("bom.py", 1)]


def test_program_is_never_run(agnolo: Agnolo) -> None:
    program = "from agno.agent import Agent\nopen('ran', 'w').write('x')\nraise SystemExit(7)\n"
    assert told(agnolo, program) == []
    assert not Path("ran").exists()
