"""What the names of a program stand for, as far as its text tells: modules, classes and objects of Agno's and ours.

What can't be known is None, never a guess.
"""

from __future__ import annotations

import ast
from collections.abc import Generator
from contextlib import contextmanager
from enum import Enum
from typing import NamedTuple, TypeVar

from agnolo.cli import surface
from agnolo.cli.agno_names import table

K = TypeVar("K")
ROOTS = ("agno", "agnolo")


class Module(NamedTuple):
    """A module of Agno or of ours."""

    name: str


class Kind(NamedTuple):
    """A class or function of ours: the name by which the program asks for it, and where it is."""

    asked: str
    place: str

    @property
    def known(self) -> object:
        """The class or function itself."""
        return surface.thing(self.place)

    @property
    def is_class(self) -> bool:
        """Whether calling it makes an object of it."""
        return isinstance(self.known, type)

    @property
    def is_enumeration(self) -> bool:
        """Whether its members are a closed list."""
        return isinstance(self.known, type) and issubclass(self.known, Enum)

    @property
    def name(self) -> str:
        """Its last part."""
        return self.asked.rpartition(".")[2]


class Own(NamedTuple):
    """A class of the program that derives from one of ours, with the names that it sets or defines itself."""

    kind: Kind
    names: frozenset[str]


class Object(NamedTuple):
    """A value of a class."""

    of: Kind | Own


class Factory(NamedTuple):
    """A function of the program, by its line: what it returns is learned."""

    line: int


class Owner(NamedTuple):
    """The class within whose body the text stands, by name and line."""

    key: str
    own: Own | None


Ref = Module | Kind | Own | Object | Factory
Scope = dict[str, Ref | None]
NOWHERE = Owner("", None)


class Learned(NamedTuple):
    """What one reading finds for the next: attributes of `self` by class and name, what functions return by line."""

    attributes: dict[tuple[str, str], Ref | None]
    returns: dict[int, Ref | None]


def place_of(module: str, name: str) -> str | None:
    """Where Agnolo has a name of Agno's or of its own; None if it has not."""
    if module.partition(".")[0] == "agno":
        return table().place(module, name)
    place = f"{module}:{name}"
    return place if surface.thing(place) is not None else None


def is_module(name: str) -> bool:
    """Whether Agnolo has such a module, of Agno's or its own."""
    return name in table().packages() if name.partition(".")[0] == "agno" else surface.has_module(name)


def within(module: str, name: str) -> Ref | None:
    """What a name of a module is."""
    inner = f"{module}.{name}"
    if is_module(inner):
        return Module(inner)
    place = place_of(module, name)
    return Kind(inner, place) if place is not None else None


def constructed(ref: Ref | None) -> Kind | None:
    """Whose options a call takes: ours, unless the program's own class has a constructor."""
    if isinstance(ref, Own):
        return None if "__init__" in ref.names else ref.kind
    return ref if isinstance(ref, Kind) else None


class Bindings:
    """The scopes at one point of the text. `known` was learned by an earlier reading, `learned` is for the next."""

    def __init__(self, known: Learned) -> None:
        self.known = known
        self.learned = Learned({}, {})
        self.scopes: list[Scope] = [{}]
        self.stars: list[str] = []
        self.owner = NOWHERE
        self.class_scope: Scope | None = None
        self.outer_names: frozenset[str] = frozenset()

    @contextmanager
    def inside(self, scope: Scope) -> Generator[Scope]:
        """A scope within the present one."""
        self.scopes.append(scope)
        yield scope
        self.scopes.pop()

    @property
    def enclosing(self) -> list[Scope]:
        """The scopes that the body of a function defined here sees: a class's own is not among them."""
        return self.scopes[:-1] if self.scopes[-1] is self.class_scope else self.scopes[:]

    def is_bound(self, name: str) -> bool:
        """Whether the program gives this name a meaning itself."""
        return any(name in scope for scope in self.scopes)

    def set(self, name: str, ref: Ref | None) -> None:
        """Give a name its meaning."""
        self.scopes[0 if name in self.outer_names else -1][name] = ref

    def assign(self, target: ast.expr, value: ast.expr | None, said: Object | None = None) -> None:
        """Bind a target of an assignment; `said` is its annotation."""
        match target, value:
            case (ast.Tuple(elts=parts), ast.Tuple(elts=values)) if len(parts) == len(values):
                for part, its in zip(parts, values, strict=True):
                    self.assign(part, its)
            case (ast.Tuple(elts=parts) | ast.List(elts=parts), _):
                for part in parts:
                    self.assign(part, None)
            case (ast.Starred(value=inner), _):
                self.assign(inner, None)
            case (ast.Name(id=name), _):
                self.set(name, (self.ref(value) if value else None) or said)
            case (ast.Attribute(value=ast.Name("self"), attr=name), _) if self.owner.key:
                self.learn_attribute(name, value, said)
            case _:
                pass

    def learn_attribute(self, name: str, value: ast.expr | None, said: Object | None) -> None:
        """`self.name = value`. None stands for what comes later, and tells nothing."""
        if said is not None or not _is_none(value):
            _settle(self.learned.attributes, (self.owner.key, name), said or (self.ref(value) if value else None))

    def learn_return(self, line: int, value: ast.expr, said: Object | None) -> None:
        """What the function of this line returns."""
        if not _is_none(value):
            _settle(self.learned.returns, line, said or self.ref(value))

    # ---- what an expression is

    def ref(self, node: ast.expr) -> Ref | None:
        """What an expression stands for."""
        match node:
            case ast.Name(id=name):
                return self._looked_up(name)
            case ast.Attribute(value=value, attr=name):
                return self._attribute(value, name)
            case ast.Call(func=function):
                return self._result(self.ref(function))
            case ast.Await(value=value) | ast.NamedExpr(value=value):
                return self.ref(value)
            case _:
                return None

    def annotated(self, node: ast.expr | None) -> Object | None:
        """An object of the class that an annotation names, also behind Optional, Annotated and `| None`."""
        match node:
            case ast.Constant(value=str() as text):
                try:
                    return self.annotated(ast.parse(text, mode="eval").body)
                except SyntaxError:
                    return None
            case ast.BinOp(left=left, op=ast.BitOr(), right=ast.Constant(value=None)):
                return self.annotated(left)
            case ast.Subscript(value=ast.Name("Optional") | ast.Attribute(attr="Optional"), slice=inner):
                return self.annotated(inner)
            case ast.Subscript(
                value=ast.Name("Annotated") | ast.Attribute(attr="Annotated"), slice=ast.Tuple(elts=[inner, *_])
            ):
                return self.annotated(inner)
            case ast.Name() | ast.Attribute():
                return _made(self.ref(node))
            case _:
                return None

    def receiver(self, method: ast.Attribute) -> Kind | None:
        """The class of ours whose method this is; None if it is the program's own, or not known."""
        match method.value:
            case ast.Call(func=ast.Name("super"), args=[]):
                return self.owner.own.kind if self.owner.own else None
            case value:
                base = self.ref(value)
        of = base.of if isinstance(base, Object) else base
        if isinstance(of, Own):
            return None if method.attr in of.names else of.kind
        return of if isinstance(of, Kind) and of.is_class else None

    def _looked_up(self, name: str) -> Ref | None:
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        return next((found for module in self.stars if (found := within(module, name)) is not None), None)

    def _attribute(self, value: ast.expr, name: str) -> Ref | None:
        if isinstance(value, ast.Name) and value.id == "self" and self.owner.key:
            return self.known.attributes.get((self.owner.key, name))
        base = self.ref(value)
        return within(base.name, name) if isinstance(base, Module) else None

    def _result(self, called: Ref | None) -> Ref | None:
        return self.known.returns.get(called.line) if isinstance(called, Factory) else _made(called)


def _made(ref: Ref | None) -> Object | None:
    match ref:
        case Own():
            return Object(ref)
        case Kind() if ref.is_class:
            return Object(ref)
        case _:
            return None


def _is_none(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _settle(known: dict[K, Ref | None], key: K, ref: Ref | None) -> None:
    """Keep what is found; two different findings are none."""
    known[key] = ref if known.get(key, ref) == ref else None
