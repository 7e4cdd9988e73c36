"""The events of an event stream."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class Event:
    """One event of a run: `log`, `status`, `phase`, `progress`, `error` or `end`."""

    id: str
    name: str
    # The data as it was sent, which is JSON.
    text: str

    @cached_property
    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = json.loads(self.text)
        return data


def read_events(chunks: Iterable[bytes]) -> Iterator[Event]:
    """The events of a stream by the HTML standard. An event that breaks off is none, and its id does not count."""
    last_id, name, data = "", "", list[str]()
    for line in _read_lines(chunks):
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if line == "":
            if data:
                yield Event(last_id, name or "message", "\n".join(data))
            name, data = "", []
        elif field == "id":
            last_id = value
        elif field == "event":
            name = value
        elif field == "data":
            data.append(value)


def _read_lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Lines that end with a line feed. `httpx` ends lines also at characters that the text of a log may have."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line.removesuffix(b"\r").decode()
