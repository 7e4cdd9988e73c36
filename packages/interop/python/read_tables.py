"""Reads tables with independent readers: PyIceberg's SQL catalog, DuckDB's iceberg extension and, where
it is installed, ClickHouse as chdb.

    read_tables.py read|append PLAN

PLAN is a JSON file of run-interop.mjs. Prints one line a check, `ok   …` or `FAIL …`; exit code 1 only for
an error of the program itself.
"""

import datetime
import decimal
import glob
import json
import os
import sys
import uuid
import warnings

try:
    import chdb
except ImportError:  # The program that asks has said so, loudly.
    chdb = None
import duckdb
import duckdb_extension_avro
import duckdb_extension_iceberg
import pyarrow
import pyarrow.ipc
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.expressions import AlwaysTrue, EqualTo
from pyiceberg.types import DoubleType, FloatType, ListType, MapType, PrimitiveType, StructType

warnings.filterwarnings("ignore")

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def check(what, work):
    """Prints one line. `work` returns None, or a description of the fault."""
    try:
        wrong = work()
    except Exception as error:  # A reader that cannot read is what is looked for here.
        wrong = f"{type(error).__name__}: {error}"
    print(f"ok   {what}" if wrong is None else f"FAIL {what}: {' '.join(str(wrong).split())[:1600]}", flush=True)


def differ(found, expected):
    return None if found == expected else f"found {found}, expected {expected}"


def type_text(kind):
    """Iceberg's name of a type, without the field ids that PyIceberg prints."""
    if isinstance(kind, StructType):
        return "struct<%s>" % ", ".join(f"{f.name}: {type_text(f.field_type)}" for f in kind.fields)
    if isinstance(kind, ListType):
        return f"list<{type_text(kind.element_type)}>"
    if isinstance(kind, MapType):
        return f"map<{type_text(kind.key_type)}, {type_text(kind.value_type)}>"
    return str(kind)


def plain(value, kind):
    """A cell as every reader must show it."""
    if value is None:
        return None
    if isinstance(kind, StructType):
        return {f.name: plain(value[f.name], f.field_type) for f in kind.fields}
    if isinstance(kind, ListType):
        return [plain(one, kind.element_type) for one in value]
    if isinstance(kind, MapType):
        pairs = value.items() if isinstance(value, dict) else value
        return sorted([plain(k, kind.key_type), plain(v, kind.value_type)] for k, v in pairs)
    if isinstance(kind, (FloatType, DoubleType)):
        return repr(float(value))
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, bytes):
        return str(uuid.UUID(bytes=value)) if str(kind) == "uuid" else value.hex()
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        return value.astimezone(datetime.timezone.utc).isoformat()
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    return value


def canonical(rows, schema):
    types = [field.field_type for field in schema.fields]
    return sorted(json.dumps([plain(v, t) for v, t in zip(row, types, strict=True)], ensure_ascii=False) for row in rows)


def as_pyiceberg_shows(rows, schema):
    """PyIceberg 0.12 shows a column's NULL as [] where the column is a list of structs (apache/iceberg-python#3833)."""
    empty = [
        [] if isinstance(kind, ListType) and isinstance(kind.element_type, StructType) else None
        for kind in (field.field_type for field in schema.fields)
    ]
    return [[shown if cell is None else cell for cell, shown in zip(row, empty, strict=True)] for row in rows]


def as_clickhouse_shows(rows, schema):
    """ClickHouse has no NULL for nested values and no time outside 1900 to 2262: skip those cells."""

    def shown(value, kind):
        if isinstance(kind, StructType):
            value = value or {}
            return {f.name: shown(value.get(f.name), f.field_type) for f in kind.fields}
        if isinstance(kind, (ListType, MapType)):
            return value or []
        if isinstance(value, (datetime.datetime, datetime.date)) and not 1900 < value.year < 2262:
            return None
        return value

    types = [field.field_type for field in schema.fields]
    return [[shown(value, kind) for value, kind in zip(row, types, strict=True)] for row in rows]


def differ_rows(found, expected):
    if found == expected:
        return None
    extra = [row for row in found if row not in expected][:2] if len(found) < 1000 else "…"
    lacking = [row for row in expected if row not in found][:2] if len(expected) < 1000 else "…"
    return f"{len(found)} rows for {len(expected)}; only found: {extra}; only expected: {lacking}"


def is_below_zero(value):
    if isinstance(value, datetime.datetime):
        return value < EPOCH
    return isinstance(value, (int, decimal.Decimal)) and value < 0


def differ_counts(count, rows, schema):
    """Filters by the value of one column, which skips files by their bounds: wrong bounds lose rows."""
    for at, field in enumerate(schema.fields):
        if not isinstance(field.field_type, PrimitiveType):
            continue
        cells = [row[at] for row in rows]
        for value in cells[:3]:
            # No comparison finds NaN or NULL.
            if value is None or value != value:
                continue
            found, expected = count(field.name, value), cells.count(value)
            if found != expected:
                return f"{found} rows with {field.name} = {value!r}, expected {expected}"
    return None


def open_duckdb():
    connection = duckdb.connect()
    for package in (duckdb_extension_avro, duckdb_extension_iceberg):
        folder = os.path.dirname(package.__file__)
        (file,) = glob.glob(f"{folder}/extensions/v{duckdb.__version__}/*.duckdb_extension")
        connection.execute(f"LOAD '{file}'")
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def duckdb_scan(location, snapshot):
    options = "" if snapshot is None else f", snapshot_from_id => {snapshot}"
    return f"SELECT * FROM iceberg_scan('{location}'{options})"


def clickhouse_rows(location, snapshot, schema):
    """ClickHouse finds a table by its folder. The version is explicit: the newest file may not be current."""
    folder, _, file = location.removeprefix("file://").rpartition("/metadata/")
    version = f"SETTINGS iceberg_metadata_file_path = 'metadata/{file}'"
    columns = ", ".join(f"`{field.name}`" for field in schema.fields)
    sql = f"SELECT {columns} FROM icebergLocal('{folder}', {version})"
    # ClickHouse has one type for text and bytes: read as bytes, no value is lost.
    sql += " SETTINGS output_format_arrow_string_as_string = 0"
    if snapshot is not None:
        sql += f", iceberg_snapshot_id = {snapshot}"
    # ClickHouse reads tables below its working directory only.
    os.chdir(folder)
    table = pyarrow.ipc.open_file(chdb.query(sql, "Arrow").bytes()).read_all()
    types = [field.field_type for field in schema.fields]
    rows = zip(*[column.to_pylist() for column in table.columns], strict=True)
    return [[decoded(value, kind) for value, kind in zip(row, types, strict=True)] for row in rows]


def decoded(value, kind):
    """Converts the bytes of a text cell to text."""
    if value is None:
        return None
    if isinstance(kind, StructType):
        return {f.name: decoded(value[f.name], f.field_type) for f in kind.fields}
    if isinstance(kind, ListType):
        return [decoded(one, kind.element_type) for one in value]
    if isinstance(kind, MapType):
        return [(decoded(k, kind.key_type), decoded(v, kind.value_type)) for k, v in value]
    if isinstance(value, bytes) and str(kind) == "string":
        return value.decode()
    if isinstance(value, datetime.datetime) and str(kind) == "timestamp":
        # Every ClickHouse timestamp has a zone.
        return value.replace(tzinfo=None)
    return value


def read(catalog, plan):
    duck = open_duckdb()
    if "listed" in plan:
        listed = sorted(".".join(name) for space in catalog.list_namespaces() for name in catalog.list_tables(space))
        check("PyIceberg lists every table", lambda: differ(listed, sorted(plan["listed"])))
    for expected in plan["tables"]:
        name = expected["identifier"]
        table = catalog.load_table(name)
        location = expected["location"]
        check(f"{name}: PyIceberg, current metadata", lambda: differ(table.metadata_location, location))
        check(
            f"{name}: PyIceberg, columns and types",
            lambda: differ({f.name: type_text(f.field_type) for f in table.schema().fields}, expected["fields"]),
        )
        refs = {ref: str(at.snapshot_id) for ref, at in table.refs().items()}
        check(f"{name}: PyIceberg, branches and tags", lambda: differ(refs, expected["refs"]))
        runs = {str(s.snapshot_id): s.summary.additional_properties.get("rat.run-id") for s in table.snapshots()}
        check(f"{name}: PyIceberg, the run of each snapshot", lambda: differ(runs, expected["runIds"]))
        if "main" not in refs:
            check(f"{name}: PyIceberg, main is empty", lambda: differ(table.scan().to_arrow().num_rows, 0))
            check(
                f"{name}: DuckDB, main is empty",
                lambda: differ(len(duck.sql(duckdb_scan(location, None)).fetchall()), 0),
            )
        if "spec" in expected:
            read_partitions(table, name, expected)
        for view in expected["views"]:
            read_view(duck, table, location, f"{name} ({view['what']})", view)


def read_partitions(table, name, expected):
    """Checks the spec of new files, the partition values of its files, and the files that a filter leaves."""
    columns = {field.field_id: field.name for field in table.schema().fields}
    spec = [f"{field.name}: {field.transform}({columns[field.source_id]})" for field in table.spec().fields]
    check(f"{name}: PyIceberg, partition spec", lambda: differ(spec, expected["spec"]))

    def partitions():
        files = [task.file for task in table.scan().plan_files()]
        current = [file.partition for file in files if file.spec_id == table.spec().spec_id]
        shown = sorted([str(part[at]) for at in range(len(spec))] for part in current)
        return differ(shown, sorted(expected["partitions"]))

    def recorded():
        shown = table.inspect.partitions().to_pylist()
        return differ(sum(part["record_count"] for part in shown), table.scan().to_arrow().num_rows)

    check(f"{name}: PyIceberg, values of the partitions", partitions)
    check(f"{name}: PyIceberg, rows of all partitions", recorded)
    for column, value, files in expected["finds"]:
        needed = len(list(table.scan(row_filter=EqualTo(column, value)).plan_files()))
        check(f"{name}: PyIceberg, files with {column} = {value}", lambda: differ(needed, files))


def read_view(duck, table, location, name, view):
    snapshot = table.snapshot_by_id(int(view["snapshot"]))
    schema = next(s for s in table.metadata.schemas if s.schema_id == snapshot.schema_id)
    pinned = None if view["what"] == "main" else int(view["snapshot"])
    rows = duck.sql(view["sql"]).fetchall()
    ours = canonical(rows, schema)
    if "rows" in view:
        check(f"{name}: our reader, rows as written down", lambda: differ_rows(ours, canonical(view["rows"], schema)))
    check(f"{name}: our reader, number of rows", lambda: differ(len(ours), view["count"]))

    partitioned = {
        table.schema().find_field(field.source_id).name for spec in table.specs().values() for field in spec.fields
    }

    def by_pyiceberg():
        arrow = table.scan(snapshot_id=pinned).to_arrow()
        names = [field.name for field in schema.fields]
        if arrow.column_names != names:
            return f"columns {arrow.column_names}"
        columns = [column.to_pylist() for column in arrow.columns]
        found = canonical(zip(*columns, strict=True), schema)
        return differ_rows(found, canonical(as_pyiceberg_shows(rows, schema), schema))

    def by_duckdb():
        return differ_rows(canonical(duck.sql(duckdb_scan(location, pinned)).fetchall(), schema), ours)

    def by_clickhouse():
        found = as_clickhouse_shows(clickhouse_rows(location, pinned, schema), schema)
        return differ_rows(canonical(found, schema), canonical(as_clickhouse_shows(rows, schema), schema))

    def types_by_duckdb():
        described = [
            [row[:2] for row in duck.sql(f"DESCRIBE {sql}").fetchall()]
            for sql in (duckdb_scan(location, pinned), view["sql"])
        ]
        return differ(*described)

    def count_by_pyiceberg(column, value):
        # PyIceberg resolves a filter's columns in the current schema, for every snapshot.
        if column not in table.schema().column_names:
            return [row[schema.column_names.index(column)] for row in rows].count(value)
        return table.scan(snapshot_id=pinned, row_filter=EqualTo(column, value)).to_arrow().num_rows

    def count_by_duckdb(column, value):
        # DuckDB's extension assigns times before 1970 to wrong months and days
        # (duckdb/duckdb-iceberg#1361), and truncates negative numbers without their sign.
        if column in partitioned and is_below_zero(value):
            return [row[schema.column_names.index(column)] for row in rows].count(value)
        sql = f"SELECT count(*) FROM ({duckdb_scan(location, pinned)}) WHERE \"{column}\" = ?"
        return duck.execute(sql, [value]).fetchone()[0]

    def files_for(condition):
        return len(list(table.scan(snapshot_id=pinned, row_filter=condition).plan_files()))

    if "skips" in view:
        every, some = files_for(AlwaysTrue()), files_for(EqualTo(*view["skips"]))
        check(
            f"{name}: PyIceberg, {every - some} of {every} files skipped by their bounds",
            lambda: None if 1 <= some < every else f"{some} read",
        )
    check(f"{name}: PyIceberg, rows by value", lambda: differ_counts(count_by_pyiceberg, rows, schema))
    check(f"{name}: DuckDB, rows by value", lambda: differ_counts(count_by_duckdb, rows, schema))
    check(f"{name}: PyIceberg, all rows", by_pyiceberg)
    check(f"{name}: DuckDB, columns and types", types_by_duckdb)
    check(f"{name}: DuckDB, all rows", by_duckdb)
    if chdb is not None:
        check(f"{name}: ClickHouse, all rows", by_clickhouse)


def append(catalog, plan):
    """Acts as another writer: commits one row and a tag through PyIceberg's own catalog."""
    table = catalog.load_table(plan["append"]["identifier"])

    def work():
        schema = table.schema().as_arrow()
        table.append(pyarrow.Table.from_pylist(plan["append"]["rows"], schema=schema))
        table.manage_snapshots().create_tag(table.current_snapshot().snapshot_id, "by-pyiceberg").commit()

    check(f"{plan['append']['identifier']}: PyIceberg appends a row and tags it", work)


if __name__ == "__main__":
    command, file = sys.argv[1:]
    with open(file, encoding="utf-8") as text:
        the_plan = json.load(text)
    the_catalog = SqlCatalog("rat", uri=the_plan["uri"], warehouse=the_plan["warehouse"])
    {"read": read, "append": append}[command](the_catalog, the_plan)
