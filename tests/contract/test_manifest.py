"""The manifest of requirements explains what it says it explains, and nothing that does not happen."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts import deviations, requirements
from contracts.compare import Difference
from contracts.report import judge, tallies
from contracts.requirements import Requirement, Rule

HEAD = '[[requirement]]\nid = "one"\nsource = "core.md"\nsays = "It does."\n'


def test_a_rule_is_bound_to_its_scenarios_path_kind_and_values() -> None:
    rule = Rule("*.content", scenarios="plain/*[stream]", kind="missing", expected="")
    found = Difference("steps.0.content", "missing", "", None)
    assert rule.explains("plain/hello[stream]", found)
    assert not rule.explains("plain/hello[run]", found)
    assert not rule.explains("tools/hello[stream]", found)
    assert not rule.explains("plain/hello[stream]", found._replace(kind="extra"))
    assert not rule.explains("plain/hello[stream]", found._replace(expected="text"))
    assert not rule.explains("plain/hello[stream]", found._replace(path="steps.0.model"))


def test_what_no_requirement_explains_is_a_mismatch_and_what_is_pending_counts_against_the_rate() -> None:
    meant = Requirement("meant", "s", "says", "deviates", differences=(Rule("a"),), reason="r", remedy="r")
    later = Requirement("later", "s", "says", "pending", scenarios=("x/*",), issue="issue 5")
    a, b = Difference("a", "extra", None, 1), Difference("b", "extra", None, 1)
    verdicts = [
        judge("w/1[run]", [], [meant, later]),
        judge("w/2[run]", [a], [meant, later]),
        judge("x/1[run]", [a, b], [meant, later]),
        judge("w/3[run]", [a, b], [meant, later]),
    ]
    assert [verdict.state for verdict in verdicts] == ["identical", "deviates", "pending", "mismatch"]
    assert verdicts[3].unexplained == (b,)
    assert tallies(verdicts)["all"].rate == 0.5


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ('status = "deviates"\ndifferences = [{ path = "*" }]', "needs a reason and a remedy"),
        ('status = "pending"\nscenarios = ["a"]', "names the issue"),
        ('status = "kept"\ndifferences = [{ path = "*" }]', "explains no differences"),
        ('status = "kept"', "nothing shows it"),
    ],
)
def test_a_requirement_that_contradicts_itself_is_refused(tmp_path: Path, entry: str, complaint: str) -> None:
    (tmp_path / "r.toml").write_text(HEAD + entry)
    with pytest.raises(ValueError, match=complaint):
        requirements.read(tmp_path / "r.toml")


def test_what_is_not_tied_is_named() -> None:
    one = Requirement("one", "s", "says", "kept", scenarios=("b/*",), tests=("tests/nowhere.py::test_x",))
    assert requirements.untied([one], ["a/1[run]"]) == [
        "a/1[run]: no requirement lists this scenario",
        "one: 'b/*' matches no scenario",
        "one: there is no test 'tests/nowhere.py::test_x'",
    ]


def test_others_parts_of_the_page_of_deviations_stay() -> None:
    theirs = "<!-- theirs -->\n\n## Recorded exchanges\n"
    first = deviations.page(theirs)
    assert first.startswith(deviations.TITLE)
    assert first.endswith(theirs)
    assert deviations.page(first) == first
