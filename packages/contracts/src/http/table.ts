import { findHiddenInText, hasVisibleText } from '@rat/domain';
import { z } from 'zod';
import { layer, timestamp } from '../common.ts';
import { words } from './cancel.ts';

/** Snapshot ids are text: JSON numbers cannot hold 63 bits. */
const snapshotId = z.string().regex(/^\d{1,19}$/);

const count = z.number().int().nonnegative();

/** What people wrote about a table; a field without words is left out. */
const docs = {
  description: z.string().optional(),
  owner: z.string().optional(),
  tags: z.array(z.string()).optional(),
};

/** A table that was dropped, and can be restored. */
export const droppedFacts = z
  .object({
    /** Tells the drops of one name apart. */
    drop_id: z.uuid(),
    dropped_at: timestamp,
    dropped_by: z.string().nullable(),
    reason: z.string().nullable(),
    /** Whether it was dropped although something read it or wrote to it. */
    forced: z.boolean(),
    /** From then on its files are removed. */
    restorable_until: timestamp,
  })
  .meta({ id: 'TableDrop' });
export type DroppedFacts = z.infer<typeof droppedFacts>;

/** A table in a list, as its main is now. */
export const tableSummary = z.object({
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
  ...docs,
  /** Only in a list of dropped tables. */
  dropped: droppedFacts.optional(),
});
export type TableSummary = z.infer<typeof tableSummary>;

/** A page of tables, as a runner answers it. */
export const tableList = z.object({ tables: z.array(tableSummary), total: count });
export type TableList = z.infer<typeof tableList>;

/** What the API adds to the facts of a table: `rows` and `bytes` by the names that other clients read. */
const otherNames = { row_count: count.nullable(), size_bytes: count.nullable() };

/** The answer of GET /tables. */
export const tablePage = z
  .object({
    tables: z.array(tableSummary.extend(otherNames).meta({ id: 'TableSummary' })),
    total: count,
  })
  .meta({ id: 'TablePage' });
export type TablePage = z.infer<typeof tablePage>;

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

/** A table with its columns and versions, as a runner answers it. */
export const tableDetail = tableSummary.extend({
  /** The columns of main, in order; types as Iceberg spells them. */
  columns: z.array(
    z.object({
      id: z.number().int(),
      name: z.string(),
      type: z.string(),
      /** What people wrote about it. */
      description: z.string().optional(),
    }),
  ),
  partition_by: z.array(z.object({ column: z.string(), transform: z.string() })),
  refs: z.array(tableRef),
  /** All that are kept, those of branches too, newest first. */
  snapshots: z.array(tableSnapshot),
  /** What main was, and since when, newest first. */
  history: z.array(z.object({ snapshot_id: snapshotId, at: timestamp })),
});
export type TableDetail = z.infer<typeof tableDetail>;

/** The answer of GET /tables/{namespace}/{layer}/{name}. */
export const tableAnswer = tableDetail.extend(otherNames).meta({ id: 'Table' });
export type TableAnswer = z.infer<typeof tableAnswer>;

/** The most tables that one answer of GET /schema has. */
export const SCHEMA_TABLES_MAX = 1_000;

/** The answer of GET /schema: the columns of all tables, for an editor of SQL. */
export const tableSchemas = z
  .object({
    tables: z.array(
      z.object({
        namespace: z.string(),
        layer,
        name: z.string(),
        /** In order; types as SQL spells them. Empty for a table that cannot be read. */
        columns: z.array(
          z.object({ name: z.string(), type: z.string(), description: z.string().optional() }),
        ),
      }),
    ),
    /** Whether there are more tables than an answer has; `namespace` and `layer` make them fewer. */
    truncated: z.boolean(),
  })
  .meta({ id: 'TableSchemas' });
export type TableSchemas = z.infer<typeof tableSchemas>;

/** The answer of DELETE /tables/{namespace}/{layer}/{name}. */
export const dropTableAnswer = droppedFacts
  .extend({
    namespace: z.string(),
    layer,
    name: z.string(),
    /** The runs of its pipeline that the drop cancelled. */
    cancelled_runs: z.array(z.uuid()),
  })
  .meta({ id: 'DroppedTable' });
export type DropTableAnswer = z.infer<typeof dropTableAnswer>;

/** The answer of DELETE /pipelines/{namespace}/{layer}/{name}?table=drop. */
export const deletePipelineAnswer = z
  .object({
    /** Null when the pipeline had no table. */
    table: dropTableAnswer.nullable(),
  })
  .meta({ id: 'DeletedPipeline' });
export type DeletePipelineAnswer = z.infer<typeof deletePipelineAnswer>;

/** The body of POST /tables/{namespace}/{layer}/{name}/undrop, which may be left out. */
export const undropTableBody = z
  .strictObject({
    /** Which drop of this name to take back; by default the latest that can be. */
    drop_id: z.uuid({ error: 'must be the id of a drop' }).nullish(),
    requested_by: words.nullish(),
  })
  .meta({ id: 'UndropBody' });

export const undropTableAnswer = z
  .object({
    namespace: z.string(),
    layer,
    name: z.string(),
    drop_id: z.uuid(),
    dropped_at: timestamp,
    restored_at: timestamp,
  })
  .meta({ id: 'RestoredTable' });
export type UndropTableAnswer = z.infer<typeof undropTableAnswer>;

/** The longest description of a table or a column, in characters. */
const DESCRIPTION_MAX = 10_000;
const TAGS_MAX = 50;
const TAG_MAX = 64;
const DOCUMENTED_COLUMNS_MAX = 2_000;
const COLUMN_NAME_MAX = 1_000;

const description = z
  .string()
  .max(DESCRIPTION_MAX)
  .refine((text) => text === '' || (hasVisibleText(text) && findHiddenInText(text) === undefined), {
    error: 'must be text without invisible characters',
  });

/**
 * The body of PUT /tables/{namespace}/{layer}/{name}/metadata. A field that is left out stays as it
 * is; null, and an empty text, take the words away. A column that is left out keeps its words too.
 */
export const tableMetadataBody = z
  .strictObject({
    description: description.nullish(),
    owner: z
      .union([words, z.literal('')], { error: 'must be 1 to 200 printable characters' })
      .nullish(),
    tags: z
      .array(
        words.refine((tag) => tag.length <= TAG_MAX, {
          error: `must be at most ${TAG_MAX} characters long`,
        }),
      )
      .max(TAGS_MAX)
      .refine((tags) => new Set(tags).size === tags.length, { error: 'must not have a tag twice' })
      .nullish(),
    columns: byColumn(z.strictObject({ description: description.nullish() }).nullable()).nullish(),
    /** The same as `columns`, with the text alone. */
    column_descriptions: byColumn(description.nullable()).nullish(),
  })
  .refine((body) => body.columns === undefined || body.column_descriptions === undefined, {
    path: ['column_descriptions'],
    error: 'must not be combined with columns, which means the same',
  })
  .meta({ id: 'TableMetadataBody' });

function byColumn<T extends z.ZodType>(value: T) {
  return z
    .record(
      z
        .string()
        .min(1)
        .max(COLUMN_NAME_MAX)
        .refine((name) => !name.includes('\0') && name.isWellFormed()),
      value,
    )
    .refine((columns) => Object.keys(columns).length <= DOCUMENTED_COLUMNS_MAX, {
      error: `must have at most ${DOCUMENTED_COLUMNS_MAX} columns`,
    });
}

/**
 * The table, and all that people wrote about it. Before the first run of its pipeline, and while no
 * runner is live, the table itself has no facts.
 */
export const describedTable = tableAnswer
  .extend({
    description: z.string().nullable(),
    owner: z.string().nullable(),
    tags: z.array(z.string()),
    /** By the name of the column, also of columns that the table does not have. */
    column_descriptions: z.record(z.string(), z.string()),
    described_at: timestamp,
    described_by: z.string().nullable(),
  })
  .meta({ id: 'DescribedTable' });
export type DescribedTable = z.infer<typeof describedTable>;
