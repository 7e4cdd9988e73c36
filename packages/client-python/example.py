"""Runs a pipeline, prints its log while it runs, and reads its table into a data frame.

    python example.py URL NAMESPACE LAYER PIPELINE

`RAT_TOKEN` is the token, where sign-in is on.
"""

import os
import sys

from rat_runs import NotFoundError, RatClient, result
from rat_runs.generated.api.runs import create_run
from rat_runs.generated.models import CreateRunBody
from rat_runs.generated.models.layer import check_layer

url, namespace, layer, pipeline = sys.argv[1:]
rat = RatClient(url, os.environ.get("RAT_TOKEN"))
body = CreateRunBody(namespace=namespace, layer=check_layer(layer), pipeline=pipeline)
try:
    created = result(create_run.sync_detailed(client=rat.api, body=body))
except NotFoundError as error:
    sys.exit(f"{error} (request {error.request_id})")

for event in rat.follow(created.run_id):
    if event.name == "log":
        print(event.data["level"], event.data["message"])

run = rat.wait(created.run_id, timeout=10)
if run.status != "success":
    sys.exit(f"{run.status}: {run.error}")
print(rat.query(f'SELECT * FROM {layer}."{pipeline}"', namespace=namespace).df())
