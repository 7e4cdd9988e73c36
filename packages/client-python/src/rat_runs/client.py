"""The client."""

import math
import random
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from threading import Timer
from typing import Any
from uuid import UUID

import httpx

from .errors import IntegrityError, RateLimitError, UnavailableError, result, to_error
from .events import Event, read_events
from .generated.api.runs import get_run
from .generated.client import AuthenticatedClient
from .generated.models import Run
from .query import Query

_CONNECT_WITHIN = 10.0
_ANSWER_WITHIN = 60.0
# The API sends a heartbeat every 15 s.
_SILENCE_MAX = 45.0
_GIVE_UP_AFTER = 300.0


class RatClient:
    """A client of one installation. Each function of `rat_runs.generated.api` takes its `api`."""

    def __init__(self, base_url: str, token: str | None = None, **httpx_args: Any) -> None:
        # An empty header is no sign-in, and the generated functions take no other class.
        self.api = AuthenticatedClient(
            base_url=base_url,
            token=token or "",
            prefix="Bearer" if token else "",
            timeout=httpx.Timeout(_ANSWER_WITHIN, connect=_CONNECT_WITHIN),
            httpx_args=httpx_args,
        )

    def follow(self, run_id: UUID | str, *, level: str | None = None, timeout: float | None = None) -> Iterator[Event]:
        """The events of a run until `end`, over any number of connections.

        Each connection resumes after the last event that arrived whole, so no event is lost and none arrives twice. A
        connection that carried events is followed by the next one at once. Without a `level`, the lines are compared
        with the SHA-256 that the API sends; raises IntegrityError when they differ. Raises TimeoutError when the run has
        not ended after `timeout` seconds; the run goes on.
        """
        deadline = math.inf if timeout is None else time.monotonic() + timeout
        log_hash, after, opened = sha256(), "", time.monotonic()
        while True:
            has_carried, failure, pause = False, None, 1.0
            try:
                with self._open_stream(run_id, after, level, deadline) as response:
                    opened = time.monotonic()
                    for event in read_events(response.iter_bytes()):
                        has_carried, after = True, event.id
                        if event.name == "log":
                            log_hash.update(f"{event.text}\n".encode())
                        if event.name == "end" and level is None:
                            _verify(log_hash.hexdigest(), event)
                        yield event
                        if event.name == "end":
                            return
                    # The run has ended, and the client has every event.
                    if response.status_code == 204:
                        return
            except (httpx.TransportError, UnavailableError, RateLimitError) as error:
                failure = error
                pause = getattr(error, "retry_after", None) or pause
            if time.monotonic() >= deadline:
                raise TimeoutError(f"run {run_id} has not ended within {timeout} s")
            if has_carried:
                continue
            if failure is not None and time.monotonic() - opened > _GIVE_UP_AFTER:
                raise failure
            time.sleep(min(pause * random.uniform(1, 1.25), max(0, deadline - time.monotonic())))

    def wait(self, run_id: UUID | str, timeout: float | None = None) -> Run:
        """The run once it has ended, with any status. Raises TimeoutError after `timeout` seconds; the run goes on."""
        # The lines that are left out cost nothing.
        for _ in self.follow(run_id, level="error", timeout=timeout):
            pass
        return result(get_run.sync_detailed(UUID(str(run_id)), client=self.api))

    def query(self, sql: str, *, namespace: str = "default", limit: int | None = None) -> Query:
        """A SELECT over tables, for `rows()` or `df()`. Without a `limit`, the most rows that the API answers."""
        return Query(self.api, sql, namespace=namespace, limit=limit)

    @contextmanager
    def _open_stream(
        self, run_id: UUID | str, after: str, level: str | None, deadline: float
    ) -> Iterator[httpx.Response]:
        left = max(0.001, deadline - time.monotonic())
        with self.api.get_httpx_client().stream(
            "GET",
            f"/api/v1/runs/{UUID(str(run_id))}/logs",
            params={} if level is None else {"level": level},
            headers={"accept": "text/event-stream"} | ({"last-event-id": after} if after else {}),
            timeout=httpx.Timeout(min(_SILENCE_MAX, left), connect=min(_CONNECT_WITHIN, left)),
        ) as response:
            if response.is_error:
                response.read()
                raise to_error(response)
            with _cut_at(deadline, response):
                yield response


@contextmanager
def _cut_at(deadline: float, response: httpx.Response) -> Iterator[None]:
    """Ends the connection of a response at a time. Its own limit of silence starts again at each heartbeat."""
    if math.isinf(deadline):
        yield
        return

    def cut() -> None:
        # The connection may have ended already.
        with suppress(OSError):
            # Unlike a close, this wakes the thread that reads.
            response.extensions["network_stream"].get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    timer = Timer(max(0, deadline - time.monotonic()), cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _verify(received: str, end: Event) -> None:
    if end.data["sha256"] != received:
        raise IntegrityError(f"the log is incomplete: it should have {end.data['lines']} lines")
