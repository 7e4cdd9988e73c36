"""The Python client of RAT Runs.

`rat_runs.generated` has a function for each operation of the API and a class for each shape; a program makes it from the
OpenAPI document. What is here is what a generator cannot make: streams that resume, a wait, errors, and data frames.

    rat = RatClient("http://127.0.0.1:8080")
    body = CreateRunBody(namespace="default", layer="gold", pipeline="daily")
    run = result(create_run.sync_detailed(client=rat.api, body=body))
    for event in rat.follow(run.run_id):
        print(event.name, event.data)
"""

from .client import RatClient
from .errors import (
    ConflictError,
    ForbiddenError,
    IntegrityError,
    InvalidArgumentError,
    NotFoundError,
    PreconditionError,
    RateLimitError,
    RatError,
    UnauthenticatedError,
    UnavailableError,
    result,
)
from .events import Event
from .query import Query

__all__ = [
    "ConflictError",
    "Event",
    "ForbiddenError",
    "IntegrityError",
    "InvalidArgumentError",
    "NotFoundError",
    "PreconditionError",
    "Query",
    "RatClient",
    "RatError",
    "RateLimitError",
    "UnauthenticatedError",
    "UnavailableError",
    "result",
]
