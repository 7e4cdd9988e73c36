import type { Queryable } from '../db/database.ts';

/** A table of the service, with names that are quoted for SQL. */
export interface CopiedTable {
  /** `public."runs"` */
  name: string;
  /** Without generated columns, which the database computes again. */
  columns: string[];
}

/** Every table but the ledger of migrations, which the migrations write, and those of the queue. */
export async function listCopiedTables(client: Queryable): Promise<CopiedTable[]> {
  const { rows } = await client.query<CopiedTable>(LIST_TABLES);
  return rows;
}

/** The schemas of the service. BullMQ has one of its own. */
export const SCHEMAS = `ARRAY['public', 'lake']`;

const LIST_TABLES = `SELECT
    format('%I.%I', n.nspname, c.relname) AS name,
    array_agg(quote_ident(a.attname) ORDER BY a.attnum) AS columns
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid
  WHERE n.nspname = ANY (${SCHEMAS})
    AND c.relkind = 'r'
    AND c.relname <> '_prisma_migrations'
    AND a.attnum > 0
    AND NOT a.attisdropped
    AND a.attgenerated = ''
  GROUP BY n.nspname, c.relname
  ORDER BY n.nspname, c.relname`;
