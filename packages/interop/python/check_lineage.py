"""Builds OpenLineage events with the classes that the OpenLineage project generates from its published schema.

    check_lineage.py EVENTS

EVENTS is a JSON file with a list of events. Prints one line an event, `ok   …` or `FAIL …`. An event fails that has
a field which its class does not have, lacks one that the class requires, has one of another type, or that a
validator of the class refuses.
"""

import importlib
import json
import pkgutil
import sys
import types
import typing
from enum import Enum

import attr
import openlineage.client.generated as generated
from openlineage.client.generated import base

CLASSES = {}
for module in pkgutil.iter_modules(generated.__path__, f"{generated.__name__}."):
    for name, found in vars(importlib.import_module(module.name)).items():
        if attr.has(found):
            CLASSES[name] = found


def facet_class(facet, kind):
    """A facet names its class at the end of its schema."""
    name = facet["_schemaURL"].rsplit("/", 1)[-1]
    found = CLASSES.get(name)
    if found is None or not issubclass(found, kind):
        raise ValueError(f"{name} is no {kind.__name__}")
    return found


def build(kind, value, path):
    """Makes a value of a type out of JSON; raises ValueError with the path of what does not fit."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in arguments:
            return None
        (one,) = [argument for argument in arguments if argument is not type(None)]
        return build(one, value, path)
    if origin is list:
        if not isinstance(value, list):
            raise ValueError(f"{path} is no list")
        return [build(arguments[0], one, f"{path}[{n}]") for n, one in enumerate(value)]
    if origin is dict:
        facets = value.items()
        return {key: build(facet_class(one, arguments[1]), one, f"{path}.{key}") for key, one in facets}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if attr.has(kind):
        return build_object(kind, value, path)
    if not isinstance(value, kind) or isinstance(value, bool) != (kind is bool):
        raise ValueError(f"{path} is {value!r}, and no {kind.__name__}")
    return value


def build_object(kind, value, path):
    hints = {}
    for one in reversed(kind.__mro__):
        module = sys.modules.get(one.__module__)
        names = {**CLASSES, **vars(base), **(vars(module) if module else {})}
        for name, hint in vars(one).get("__annotations__", {}).items():
            if "ClassVar" not in str(hint):
                hints[name] = eval(hint, names) if isinstance(hint, str) else hint
    fields = {field.name: field for field in attr.fields(kind)}
    arguments = {}
    for key, one in value.items():
        if key not in fields:
            raise ValueError(f"{path}.{key} is not in {kind.__name__}")
        made = build(hints[key], one, f"{path}.{key}")
        if fields[key].init:
            arguments[fields[key].alias] = made
    return kind(**arguments)


with open(sys.argv[1], encoding="utf-8") as file:
    events = json.load(file)
for event in events:
    what = f"OpenLineage: {event['eventType']} of {event['job']['name']}"
    try:
        build(base.RunEvent, event, "event")
        print(f"ok   {what} fits the published schema")
    except (ValueError, TypeError, KeyError) as error:
        print(f"FAIL {what}: {error}")
