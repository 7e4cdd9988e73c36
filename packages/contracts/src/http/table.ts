import { z } from 'zod';
import { layer, timestamp } from '../common.ts';

/** Snapshot ids are text: JSON numbers cannot hold 63 bits. */
const snapshotId = z.string().regex(/^\d{1,19}$/);

const count = z.number().int().nonnegative();

/** A table in a list, as its main is now. */
export const tableSummary = z
  .object({
    namespace: z.string(),
    layer,
    name: z.string(),
    /** Null while no run has published the table, and for a table of a format that is not read here. */
    snapshot_id: snapshotId.nullable(),
    /** The run that made this snapshot; null when another writer did. */
    run_id: z.string().nullable(),
    /** Null, as the next two, for a table that cannot be read. */
    rows: count.nullable(),
    /** Of the live data files. */
    bytes: count.nullable(),
    files: count.nullable(),
    updated_at: timestamp.nullable(),
    /** Only for a table that lost a file of its own, or whose format is not read here; a full refresh starts a new one. */
    unreadable: z.literal(true).optional(),
    /** What is wrong with it, for people. */
    unreadable_reason: z.string().optional(),
  })
  .meta({ id: 'TableSummary' });
export type TableSummary = z.infer<typeof tableSummary>;

export const tableList = z
  .object({ tables: z.array(tableSummary), total: count })
  .meta({ id: 'TablePage' });
export type TableList = z.infer<typeof tableList>;

/** One version of a table. */
export const tableSnapshot = z
  .object({
    id: snapshotId,
    parent_id: snapshotId.nullable(),
    at: timestamp,
    /** What it did, in Iceberg's words: append, overwrite, delete, replace. */
    operation: z.string(),
    run_id: z.string().nullable(),
    /** Rows of the table in this version. */
    rows: count,
    rows_added: count,
    rows_removed: count,
    files: count,
    bytes: count,
  })
  .meta({ id: 'TableSnapshot' });

/** A branch or a tag: `main` is what everybody reads, `run_<id>` what one run has written. */
export const tableRef = z
  .object({
    name: z.string(),
    type: z.enum(['branch', 'tag']),
    snapshot_id: snapshotId,
  })
  .meta({ id: 'TableRef' });

export const tableDetail = tableSummary
  .extend({
    /** The columns of main, in order; types as Iceberg spells them. */
    columns: z.array(z.object({ id: z.number().int(), name: z.string(), type: z.string() })),
    partition_by: z.array(z.object({ column: z.string(), transform: z.string() })),
    refs: z.array(tableRef),
    /** All that are kept, those of branches too, newest first. */
    snapshots: z.array(tableSnapshot),
    /** What main was, and since when, newest first. */
    history: z.array(z.object({ snapshot_id: snapshotId, at: timestamp })),
  })
  .meta({ id: 'Table' });
export type TableDetail = z.infer<typeof tableDetail>;
