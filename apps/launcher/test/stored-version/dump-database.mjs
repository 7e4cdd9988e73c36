/**
 * The tables of the state, in an order in which their foreign keys allow the inserts. `runners` is
 * left out: its rows name a machine and hold keys, and end with their processes.
 */
const TABLES = [
  'public.namespaces',
  'public.pipelines',
  'public.pipeline_versions',
  'public.runs',
  'public.run_attempts',
  'public.run_events',
  'public.run_actions',
  'public.quality_results',
  'public.idempotency_keys',
  'public.cancel_plans',
  'public.landing_reads',
  'public.run_counts',
  'public.run_count_deltas',
  'public.pool_turns',
  'public.namespace_turns',
  'public.write_checks',
  'lake.iceberg_tables',
  'lake.iceberg_namespace_properties',
];
/** The queue makes its own tables again, and its tickets with them. */
const LEFT_OUT = ['public.runners', 'public._prisma_migrations'];

/**
 * The database in a plain form: the migrations that it had, with the checksum of each, the rows of
 * each table as the JSON text that Postgres writes, and the sequences.
 */
export async function dumpDatabase({ Client }, url) {
  const client = new Client({ connectionString: url });
  await client.connect();
  const read = async (sql, values) => (await client.query(sql, values)).rows;
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await client.query(`SET LOCAL TimeZone = 'UTC'`);
    await refuseUnknownTables(read);
    const tables = {};
    for (const table of TABLES) {
      await refuseJsonNulls(read, table);
      const rows = await read(`SELECT to_jsonb(t)::text AS row FROM ${table} t ORDER BY t`);
      tables[table] = rows.map(({ row }) => row);
    }
    return {
      migrations: await read(
        `SELECT migration_name AS name, checksum FROM _prisma_migrations ORDER BY migration_name`,
      ),
      tables,
      sequences: await read(
        `SELECT schemaname || '.' || sequencename AS name, last_value::text AS value FROM pg_sequences
         WHERE schemaname IN ('public', 'lake') AND last_value IS NOT NULL ORDER BY 1`,
      ),
    };
  } finally {
    await client.end();
  }
}

async function refuseUnknownTables(read) {
  const found = await read(
    `SELECT table_schema || '.' || table_name AS name FROM information_schema.tables
     WHERE table_schema NOT IN ('pg_catalog', 'information_schema', 'bullmq')`,
  );
  const unknown = found.filter(({ name }) => ![...TABLES, ...LEFT_OUT].includes(name));
  if (unknown.length > 0) throw new Error(`unknown tables: ${JSON.stringify(unknown)}`);
}

/** In a row as JSON, a JSON null of a column looks like a missing value. */
async function refuseJsonNulls(read, table) {
  const [schema, name] = table.split('.');
  const columns = await read(
    `SELECT column_name AS name FROM information_schema.columns
     WHERE table_schema = $1 AND table_name = $2 AND data_type = 'jsonb'`,
    [schema, name],
  );
  for (const column of columns) {
    const found = await read(`SELECT 1 FROM ${table} WHERE ${column.name} = 'null'::jsonb LIMIT 1`);
    if (found.length > 0) throw new Error(`${table}.${column.name} holds a JSON null`);
  }
}
