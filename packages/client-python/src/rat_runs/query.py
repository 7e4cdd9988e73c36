"""Queries of tables."""

import warnings
from io import BytesIO
from typing import TYPE_CHECKING, Any

from .errors import result, to_error
from .generated.api.query import query
from .generated.client import AuthenticatedClient
from .generated.models import QueryBody

if TYPE_CHECKING:
    import pandas

_ROWS_MAX = 10_000


class Query:
    """One SELECT, which is sent when its rows are read."""

    def __init__(self, api: AuthenticatedClient, sql: str, *, namespace: str, limit: int | None) -> None:
        self._api = api
        self._body = QueryBody(sql=sql, namespace=namespace, limit=_ROWS_MAX if limit is None else limit)
        self._is_limited = limit is not None

    def rows(self) -> list[dict[str, Any]]:
        """The rows as the API writes them in JSON; a number that JSON cannot hold without loss is text."""
        answer = result(query.sync_detailed(client=self._api, body=self._body))
        self._warn(answer.truncated)
        return [row.to_dict() for row in answer.rows if not isinstance(row, list)]

    def df(self) -> "pandas.DataFrame":
        """The rows as a data frame, with the types of the table. Needs pandas and pyarrow."""
        import pandas

        response = self._api.get_httpx_client().post(
            "/api/v1/query", params={"format": "parquet"}, json=self._body.to_dict()
        )
        if response.is_error:
            raise to_error(response)
        self._warn(response.headers.get("result-truncated") == "true")
        return pandas.read_parquet(BytesIO(response.content))

    def _warn(self, is_truncated: bool) -> None:
        """A part of the rows must not pass for all of them."""
        if is_truncated and not self._is_limited:
            message = f"the query has more than {_ROWS_MAX} rows, and these are the first of them"
            warnings.warn(message, stacklevel=3)
