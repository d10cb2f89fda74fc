"""YAML files that are changed in place: what stays the same keeps its words, its order and its comments."""

from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

_ENDLESS = 100_000  # lines are not broken: where they would be depends on their words
# What tells the items of a list apart.
_NAMES = ("id", "column_name", "metric_name", "uuid")


def read(text: str) -> Any:  # noqa: ANN401 - whatever the YAML holds
    """A tree that remembers how it was written."""
    return _yaml().load(text)


def write(tree: object) -> str:
    """The tree's text; of what `read` gave, in the form that files of this project have."""
    text = StringIO()
    _yaml().dump(tree, text)
    return text.getvalue()


def update(tree: CommentedMap, wanted: Mapping[str, Any], *, whole: bool = False) -> None:
    """Make the tree say what is wanted. What it does not mention, and what is wanted to be nothing, stays unmentioned.

    Args:
        tree: what `read` gave; changed in place.
        wanted: plain YAML values.
        whole: what is not wanted is taken out; otherwise it stays, at the top level alone.
    """
    for key in list(tree):
        if whole and key not in wanted:
            del tree[key]
    for key, value in wanted.items():
        if key not in tree:
            if not _says_nothing(value):
                tree[key] = value
        elif isinstance(value, Mapping) and isinstance(tree[key], CommentedMap):
            update(tree[key], value, whole=True)
        elif isinstance(value, list) and isinstance(tree[key], list):
            _update_list(tree[key], value)
        elif tree[key] != value:
            tree[key] = value


def _update_list(tree: list[Any], wanted: Sequence[Any]) -> None:
    name = _name(wanted) or _name(tree)
    if name is None:
        if tree != wanted:
            tree[:] = wanted
        return
    known = {item[name]: item for item in tree}
    for item in wanted:
        if item[name] in known:
            update(known[item[name]], item, whole=True)
    names = [item[name] for item in wanted]
    # One by one: a comment belongs to its place in the list, which only deletions and insertions move.
    for place in reversed(range(len(tree))):
        if tree[place][name] not in names:
            del tree[place]
    in_flow = bool(tree) and tree[0].fa.flow_style()
    for place, item in enumerate(wanted):
        if item[name] not in known:
            tree.insert(place, _told(item, in_flow=in_flow))
    if [item[name] for item in tree] != names:
        tree[:] = sorted(tree, key=lambda item: names.index(item[name]))


def _name(items: Sequence[Any]) -> str | None:
    if not items or not all(isinstance(item, Mapping) for item in items):
        return None
    return next((name for name in _NAMES if all(name in item for item in items)), None)


def _told(item: Mapping[str, Any], *, in_flow: bool) -> CommentedMap:
    told = CommentedMap((key, value) for key, value in item.items() if not _says_nothing(value))
    if in_flow:
        told.fa.set_flow_style()
    return told


def _says_nothing(value: object) -> bool:
    return value is None or value is False or value in ("", [], {}, 0)


def _yaml() -> YAML:
    yaml = YAML()
    yaml.width = _ENDLESS
    yaml.allow_unicode = True
    yaml.preserve_quotes = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.representer.add_representer(type(None), _null)
    return yaml


def _null(representer: Any, _: None) -> Any:  # noqa: ANN401 - ruamel's
    return representer.represent_scalar("tag:yaml.org,2002:null", "null")
