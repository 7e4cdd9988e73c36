"""The errors of the API as exceptions. The class is the kind of the error, by its HTTP status."""

import json
from collections.abc import Mapping
from typing import TypeVar

import httpx

from .generated.models import Error, Issue
from .generated.models.error_error import ErrorError
from .generated.types import Response

T = TypeVar("T")


class RatError(Exception):
    """An answer of the API that is an error."""

    def __init__(self, status: int, error: ErrorError | None, headers: Mapping[str, str]) -> None:
        # Another program, such as a proxy, wrote an answer of another shape.
        message = error.message if error else f"the answer is {status} without an error of the API"
        super().__init__(message)
        self.status = status
        self.code: str = error.code if error else "UNKNOWN"
        # What is wrong, place by place.
        self.issues: list[Issue] = (error.issues or []) if error else []
        # The id under which the API has logged the request.
        self.request_id = headers.get("x-request-id")
        # How many seconds the API wants a client to wait before it tries again.
        seconds = headers.get("retry-after", "")
        self.retry_after: int | None = int(seconds) if seconds.isdecimal() else None


class InvalidArgumentError(RatError):
    """The request is malformed, or its content cannot be used; `issues` lists every mistake."""


class UnauthenticatedError(RatError):
    """The request has no valid token."""


class ForbiddenError(RatError):
    """The principal may not do this."""


class NotFoundError(RatError):
    """There is no such thing, or the principal may not know it."""


class ConflictError(RatError):
    """The current state does not allow it."""


class PreconditionError(RatError):
    """The thing is not what `If-Match` or `If-None-Match` expects."""


class RateLimitError(RatError):
    """Too many requests or streams at once."""


class UnavailableError(RatError):
    """A part that is needed is down, or a proxy has no answer of the API."""


class IntegrityError(Exception):
    """A log that arrived is not the log that was sent."""


_CLASSES: dict[int, type[RatError]] = {
    400: InvalidArgumentError,
    401: UnauthenticatedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    412: PreconditionError,
    413: InvalidArgumentError,
    415: InvalidArgumentError,
    422: InvalidArgumentError,
    429: RateLimitError,
    502: UnavailableError,
    503: UnavailableError,
    504: UnavailableError,
}


def to_error(response: httpx.Response) -> RatError:
    """The error of an answer whose status is no success and whose body has been read."""
    try:
        error = Error.from_dict(json.loads(response.content)).error
    except (ValueError, TypeError, KeyError):
        error = None
    return _CLASSES.get(response.status_code, RatError)(response.status_code, error, response.headers)


def result(response: Response[T | Error]) -> T:
    """What a generated function answered; raises a RatError when that is an error."""
    parsed = response.parsed
    if isinstance(parsed, Error):
        status = int(response.status_code)
        raise _CLASSES.get(status, RatError)(status, parsed.error, response.headers)
    # Only an answer without a content is None, and then T is.
    return parsed  # type: ignore[return-value]
