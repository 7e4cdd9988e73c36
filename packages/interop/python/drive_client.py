"""Drives a real API with the Python client, which is installed.

    drive_client.py open PROXY URL   an API without sign-in, through a proxy and without it
    drive_client.py closed URL       an API with sign-in; RAT_TOKEN is a token of an admin

Prints one line a check, `ok   …` or `FAIL …`. The line `CUT` wants the proxy to cut every connection, and the first of
them wants a runner to start after that; a check that needs one waits for it.
"""

import decimal
import faulthandler
import io
import os
import sys
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TypeVar
from uuid import UUID, uuid4

import httpx

from rat_runs import (
    Event,
    ForbiddenError,
    InvalidArgumentError,
    NotFoundError,
    RatClient,
    RatError,
    UnauthenticatedError,
    result,
)
from rat_runs.generated.api.landing_zones import create_landing_zone, list_landing_files, upload_landing_file
from rat_runs.generated.api.me import get_principal
from rat_runs.generated.api.pipelines import put_pipeline
from rat_runs.generated.api.runs import create_run, get_run, list_runs
from rat_runs.generated.api.tokens import create_token
from rat_runs.generated.models import (
    CreateLandingZoneBody,
    CreateRunBody,
    CreateTokenBody,
    PipelineConfig,
    PutPipelineBody,
    UploadLandingFileFilesBody,
)
from rat_runs.generated.types import UNSET, File, Unset

# Beyond what a double holds, and a character that ends a line for Python but not for an event stream.
BIG = 2**53 + 1
SEPARATOR = "\u2028"
ORDERS = f"""
    SELECT {BIG}::BIGINT AS id, 1.10::DECIMAL(10,2) AS amount, TIMESTAMP '2026-11-29 12:00:00' AS at,
           'a{SEPARATOR}b' AS text
    UNION ALL SELECT 2, NULL, NULL, NULL
"""
RUN_WITHIN = 60.0
# Longer than the 15 s between two heartbeats, each of which starts the wait of a connection again.
WAITS_FOR = 17.0

E = TypeVar("E", bound=RatError)


def check(what: str, found: object, expected: object) -> None:
    print(f"ok   Python: {what}" if found == expected else f"FAIL Python: {what}: found {found!r}", flush=True)


def error_of(kind: type[E], work: Callable[[], object]) -> E:
    try:
        work()
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}")


def put(rat: RatClient, name: str, sql: str, **config: str) -> int:
    body = PutPipelineBody(sql=sql, config=PipelineConfig.from_dict(config))
    return result(put_pipeline.sync_detailed("default", "silver", name, client=rat.api, body=body)).version


def start(rat: RatClient, name: str) -> UUID:
    body = CreateRunBody(namespace="default", layer="silver", pipeline=name)
    return result(create_run.sync_detailed(client=rat.api, body=body)).run_id


def follow_through_cuts(rat: RatClient, run_id: UUID) -> list[Event]:
    """Wants a cut after the first event, while the run waits for a runner, and at each phase."""
    events: list[Event] = []
    for event in rat.follow(run_id, timeout=RUN_WITHIN):
        if not events or event.name == "phase":
            print("CUT", flush=True)
        events.append(event)
    return events


def check_follow(rat: RatClient) -> None:
    resumed: list[str] = []

    def record(request: httpx.Request) -> None:
        if "last-event-id" in request.headers:
            resumed.append(request.headers["last-event-id"])

    rat.api.get_httpx_client().event_hooks["request"].append(record)
    run_id = start(rat, "orders")
    events = follow_through_cuts(rat, run_id)
    names = [event.name for event in events]
    check("the events of a run end with its end", (names[0], names[-1], names.count("end")), ("status", "end", 1))
    check("a cut connection resumes after the event before the cut", resumed[:1], [events[0].id])
    check("no event arrives twice", len({event.id for event in events[:-1]}), len(events) - 1)
    check("no line is lost", names.count("log"), events[-1].data["lines"])
    run = rat.wait(run_id, timeout=RUN_WITHIN)
    check("wait has the run that has ended", (run.id, run.status, run.rows_written), (run_id, "success", 2))


def check_failed_run(rat: RatClient) -> None:
    put(rat, "broken", f"SELECT error('a{SEPARATOR}b')", max_retries="0")
    run_id = start(rat, "broken")
    texts = [event.data["message"] for event in rat.follow(run_id, timeout=RUN_WITHIN) if event.name == "log"]
    check("a line of the log may have a line separator", any(f"a{SEPARATOR}b" in text for text in texts), True)
    run = rat.wait(run_id, timeout=RUN_WITHIN)
    check("wait has a failed run too", (run.status, run.error is not None), ("failed", True))


def late_by(rat: RatClient, run_id: UUID) -> float:
    """How long after its time limit a wait for a run ends that no runner takes."""
    began = time.monotonic()
    try:
        rat.wait(run_id, timeout=WAITS_FOR)
    except TimeoutError:
        return time.monotonic() - began - WAITS_FOR
    raise AssertionError("the run has ended")


def check_pages(rat: RatClient) -> None:
    ids: list[UUID] = []
    sizes: list[int] = []
    cursor: str | Unset | None = UNSET
    while cursor is not None:
        page = result(
            list_runs.sync_detailed(client=rat.api, limit=2, cursor=cursor, status=["pending", "success", "failed"])
        )
        ids += [run.id for run in page.runs]
        sizes.append(len(page.runs))
        cursor = page.next_cursor
    check("pages have every run once", (sizes, len(set(ids))), ([2, 2, 1], 5))


def check_query(rat: RatClient) -> None:
    query = rat.query("SELECT * FROM silver.orders ORDER BY id DESC")
    frame = query.df()
    first = frame.iloc[0].to_list()
    expected = [BIG, decimal.Decimal("1.10"), datetime(2026, 11, 29, 12), f"a{SEPARATOR}b"]
    check("a data frame has the values of the table", first, expected)
    check(
        "a data frame has the types of the table",
        [str(one) for one in frame.dtypes[["id", "at"]]],
        ["int64", "datetime64[us]"],
    )
    check("a data frame has nulls", frame.isna().sum().to_list(), [0, 1, 1, 1])
    check("the rows of a query are dicts", query.rows()[1], {"id": 2, "amount": None, "at": None, "text": None})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        few = rat.query("SELECT range FROM range(10001)", limit=5).df()
        many = rat.query("SELECT range FROM range(10001)").df()
    texts = [str(one.message) for one in caught]
    expected_texts = ["the query has more than 10000 rows, and these are the first of them"]
    check(
        "a query that is cut off warns, unless it has a limit",
        (len(few), len(many), texts),
        (5, 10_000, expected_texts),
    )
    error = error_of(InvalidArgumentError, rat.query("SELECT nothing FROM silver.orders").df)
    check("a query that is wrong is an InvalidArgumentError", (error.status, "nothing" in str(error)), (400, True))


def check_errors(rat: RatClient) -> None:
    missing = error_of(NotFoundError, lambda: result(get_run.sync_detailed(uuid4(), client=rat.api)))
    check(
        "a 404 is a NotFoundError",
        (missing.status, missing.code, missing.request_id is not None),
        (404, "NOT_FOUND", True),
    )
    followed = error_of(NotFoundError, lambda: list(rat.follow(uuid4())))
    check("the events of an unknown run are a NotFoundError", (followed.status, followed.code), (404, "NOT_FOUND"))
    body = PutPipelineBody(sql="SELECT 1 AS n", config="merge_strategy: nonsense")
    wrong = error_of(
        InvalidArgumentError,
        lambda: result(put_pipeline.sync_detailed("default", "silver", "wrong", client=rat.api, body=body)),
    )
    check("a 422 is an InvalidArgumentError with issues", (wrong.status, len(wrong.issues) > 0), (422, True))


def check_uploads(rat: RatClient) -> None:
    zone = CreateLandingZoneBody(namespace="default", name="inbox")
    result(create_landing_zone.sync_detailed(client=rat.api, body=zone))
    file = File(payload=io.BytesIO(b"id\n1\n"))
    upload = upload_landing_file.sync_detailed
    raw = result(upload("default", "inbox", client=rat.api, body=file, name="raw.csv"))
    form = UploadLandingFileFilesBody(file=File(io.BytesIO(b"id\n1\n2\n"), "form.csv", "text/csv"))
    sent = result(upload("default", "inbox", client=rat.api, body=form))
    check("a file is uploaded as bytes and as a form", (raw.bytes_, sent.bytes_), (5, 7))
    files = result(list_landing_files.sync_detailed("default", "inbox", client=rat.api)).files
    check("the files are there", sorted(one.name for one in files), ["form.csv", "raw.csv"])


def drive_open(proxy: str, url: str) -> None:
    rat = RatClient(proxy)
    check("a pipeline is put", put(rat, "orders", ORDERS), 1)
    put(rat, "unserved", "SELECT 1 AS n", pool="unserved")
    unserved = start(rat, "unserved")
    with ThreadPoolExecutor() as threads:
        late = threads.submit(late_by, RatClient(url), unserved)
        check_follow(rat)
        check_failed_run(rat)
        for run_id in [start(rat, "orders"), start(rat, "orders")]:
            rat.wait(run_id, timeout=RUN_WITHIN)
        check_pages(rat)
        check_query(rat)
        check_errors(rat)
        check_uploads(rat)
        check("wait ends at its time limit, heartbeats or not", 0 <= late.result() < 1, True)


def drive_closed(url: str) -> None:
    token = os.environ["RAT_TOKEN"]
    stranger, admin = RatClient(url), RatClient(url, token)
    refused = error_of(UnauthenticatedError, lambda: result(get_principal.sync_detailed(client=stranger.api)))
    check(
        "a client without a token is an UnauthenticatedError", (refused.status, refused.code), (401, "UNAUTHENTICATED")
    )
    error_of(UnauthenticatedError, lambda: list(stranger.follow(uuid4())))
    check("the name of a token", result(get_principal.sync_detailed(client=admin.api)).display_name, "admin")
    body = CreateTokenBody(name="notebook", role="viewer")
    viewer = RatClient(url, result(create_token.sync_detailed(client=admin.api, body=body)).token)
    forbidden = error_of(ForbiddenError, lambda: put(viewer, "orders", "SELECT 1 AS n"))
    check("a viewer may not put a pipeline", (forbidden.status, forbidden.code), (403, "FORBIDDEN"))


# A check that hangs ends the program with the line that it hangs in.
faulthandler.dump_traceback_later(2 * RUN_WITHIN, exit=True)
if sys.argv[1] == "open":
    drive_open(*sys.argv[2:])
else:
    drive_closed(*sys.argv[2:])
