"""What a program uses of the packages `agno` and `agnolo`: modules, names, options, methods, read from its tree."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import NamedTuple

from agnolo.cli.agno_names import table
from agnolo.cli.bindings import (
    ROOTS,
    Bindings,
    Factory,
    Kind,
    Learned,
    Module,
    Object,
    Own,
    Owner,
    Ref,
    Scope,
    constructed,
    place_of,
    within,
)


class ModuleUse(NamedTuple):
    """A module is imported whole, by `import` or with a star."""

    module: str
    node: ast.Import | ast.ImportFrom


class NameUse(NamedTuple):
    """A name of a module: imported (an alias), reached through it (an attribute), or through a star (a name)."""

    module: str
    name: str
    node: ast.alias | ast.Attribute | ast.Name


class OptionUse(NamedTuple):
    """An argument is given by name: to the constructor, or to `method`."""

    kind: Kind
    method: str | None
    node: ast.keyword


class MemberUse(NamedTuple):
    """A method is called, or a member of an enumeration taken."""

    kind: Kind
    name: str
    node: ast.Attribute


Use = ModuleUse | NameUse | OptionUse | MemberUse
READINGS = 3
"""The first learns what functions return, the second what attributes are made of that, the third finds all."""


def uses(tree: ast.Module) -> list[Use]:
    """All uses, in the order of the text."""
    learned = Learned({}, {})
    found: list[Use] = []
    for _ in range(READINGS):
        reading = Reading(learned)
        reading.read(tree)
        learned, found = reading.at.learned, reading.found
    return sorted(found, key=lambda use: (use.node.lineno, use.node.col_offset))


class Reading(ast.NodeVisitor):
    """One pass. Bodies of functions are read after all that surrounds them, as they run."""

    def __init__(self, known: Learned) -> None:
        self.at = Bindings(known)
        self.found: list[Use] = []
        self._later: list[Callable[[], None]] = []
        self._function: tuple[int, Object | None] | None = None

    def read(self, tree: ast.Module) -> None:
        """Read it all."""
        for statement in tree.body:
            self.visit(statement)
        while self._later:
            self._later.pop(0)()

    # ---- modules and names

    def visit_Import(self, node: ast.Import) -> None:
        """`import agno.x`, and `import agno.x as y`."""
        for alias in node.names:
            root = alias.name.partition(".")[0]
            bound: Ref | None = None
            if root in ROOTS:
                self.found.append(ModuleUse(alias.name, node))
                bound = Module(alias.name if alias.asname else root)
            self.at.set(alias.asname or root, bound)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """`from agno.x import Y as Z`, and the star."""
        module = node.module or ""
        ours = not node.level and module.partition(".")[0] in ROOTS
        for alias in node.names:
            if not ours:
                self.at.set(alias.asname or alias.name, None)
            elif alias.name == "*":
                self.found.append(ModuleUse(module, node))
                self.at.stars.append(module)
            else:
                self.found.append(NameUse(module, alias.name, alias))
                self.at.set(alias.asname or alias.name, within(module, alias.name))

    # ---- what is bound to what

    def visit_Assign(self, node: ast.Assign) -> None:
        """`x = Agent()`, `self.x = Agent()`, `a, b = Agent(), Agent()`."""
        self.visit(node.value)
        for target in node.targets:
            self._assign(target, node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """`x: Agent`, with or without a value."""
        self.visit(node.annotation)
        if node.value is not None:
            self.visit(node.value)
        self._assign(node.target, node.value, self.at.annotated(node.annotation))

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        """`(x := Agent())`."""
        self.visit(node.value)
        self._assign(node.target, node.value)

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        """What a loop runs over is not known."""
        self.visit(node.iter)
        self._assign(node.target, None)
        for statement in (*node.body, *node.orelse):
            self.visit(statement)

    visit_AsyncFor = visit_For

    def visit_withitem(self, node: ast.withitem) -> None:
        """`with MCPTools() as x`: ours give themselves."""
        self.visit(node.context_expr)
        if node.optional_vars is not None:
            self._assign(node.optional_vars, node.context_expr)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        """What a comprehension runs over is not known."""
        self.visit(node.iter)
        self._assign(node.target, None)
        for condition in node.ifs:
            self.visit(condition)

    def _comprehended(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        with self.at.inside({}):
            for generator in node.generators:
                self.visit(generator)
            for part in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
                self.visit(part)

    visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = _comprehended

    def _assign(self, target: ast.expr, value: ast.expr | None, said: Object | None = None) -> None:
        self.at.assign(target, value, said)
        self.visit(target)

    # ---- functions and classes

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Its decorators, defaults and annotations now, its body when all around it is read."""
        for part in (*node.decorator_list, node.args, *([node.returns] if node.returns else [])):
            self.visit(part)
        said = self.at.annotated(node.returns)
        self.at.set(node.name, None if node.decorator_list else Factory(node.lineno))
        if said is not None:
            self.at.learned.returns[node.lineno] = said
        scopes, owner = [*self.at.enclosing, self._parameters(node)], self.at.owner

        def body() -> None:
            self.at.scopes, self.at.owner, self.at.outer_names = scopes, owner, frozenset()
            self._function = (node.lineno, said)
            for statement in node.body:
                self.visit(statement)

        self._later.append(body)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """Its parameters are not known."""
        self.visit(node.args)
        with self.at.inside(dict.fromkeys(argument.arg for argument in _arguments(node.args))):
            self.visit(node.body)

    def visit_Global(self, node: ast.Global) -> None:
        """These names are the module's."""
        self.at.outer_names |= frozenset(node.names)

    def visit_Return(self, node: ast.Return) -> None:
        """What a function returns is known if it is always the same."""
        if node.value is not None:
            self.visit(node.value)
            if self._function is not None:
                self.at.learn_return(self._function[0], node.value, self._function[1])

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """A class of the program."""
        for part in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(part)
        own = self._own(node)
        self.at.set(node.name, own)
        outer, outer_scope = self.at.owner, self.at.class_scope
        self.at.owner = Owner(f"{node.name}:{node.lineno}", own)
        with self.at.inside({}) as scope:
            self.at.class_scope = scope
            for statement in node.body:
                self.visit(statement)
        for name, ref in scope.items():
            if isinstance(ref, Object):
                self.at.learned.attributes[self.at.owner.key, name] = ref
        self.at.owner, self.at.class_scope = outer, outer_scope

    def _own(self, node: ast.ClassDef) -> Own | None:
        bases = [self.at.ref(base) for base in node.bases]
        if len(bases) != 1 or not isinstance(bases[0], Kind | Own):
            return None
        base = bases[0]
        if isinstance(base, Own):
            return Own(base.kind, base.names | frozenset(_set_names(node)))
        return Own(base, frozenset(_set_names(node)))

    def _parameters(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Scope:
        scope: Scope = {each.arg: self.at.annotated(each.annotation) for each in _arguments(node.args)}
        first = next(iter((*node.args.posonlyargs, *node.args.args)), None)
        own = self.at.owner.own
        if self.at.scopes[-1] is self.at.class_scope and first is not None and own is not None:
            scope[first.arg] = None if node.decorator_list else Object(own)
        return scope

    # ---- uses

    def visit_Call(self, node: ast.Call) -> None:
        """Options of constructors and methods, and methods themselves."""
        made = constructed(self.at.ref(node.func))
        if made is not None:
            self._given(made, None, node)
        elif isinstance(node.func, ast.Attribute) and (kind := self.at.receiver(node.func)) is not None:
            method = node.func.attr
            if method == "__init__":
                self._given(kind, None, node)
            else:
                self.found.append(MemberUse(kind, method, node.func))
                self._given(kind, method, node)
        self.generic_visit(node)

    def _given(self, kind: Kind, method: str | None, call: ast.Call) -> None:
        self.found += [OptionUse(kind, method, keyword) for keyword in call.keywords if keyword.arg is not None]

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """Names reached through their module, and members of enumerations."""
        base = self.at.ref(node.value)
        if isinstance(base, Module) and not isinstance(self.at.ref(node), Module):
            self.found.append(NameUse(base.name, node.attr, node))
        elif isinstance(base, Kind) and base.is_enumeration:
            self.found.append(MemberUse(base, node.attr, node))
        self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        """Names that only a star can have brought."""
        if isinstance(node.ctx, ast.Load) and not self.at.is_bound(node.id):
            for module in self.at.stars:
                if place_of(module, node.id) or node.id in table().absent.get(module, ()):
                    self.found.append(NameUse(module, node.id, node))


def _arguments(arguments: ast.arguments) -> Iterator[ast.arg]:
    yield from (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    yield from (each for each in (arguments.vararg, arguments.kwarg) if each is not None)


def _set_names(node: ast.ClassDef) -> Iterator[str]:
    """The names that a class defines, and those that its text sets anywhere."""
    for inner in ast.walk(node):
        match inner:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name
            case _:
                pass
