import { QUALITY_STATUSES, RUN_DISPOSITIONS } from '@rat/domain';
import { z } from 'zod';
import { layer, timestamp } from '../common.ts';
import { parameter, wholeNumber } from './query-parameters.ts';
import { runStatus } from './run.ts';

const HOPS_MAX = 50;
const PLACES_DEFAULT = 200;
const PLACES_MAX = 1_000;

function atMost(max: number, settings: { min: number; byDefault: number }) {
  return wholeNumber(settings)
    .transform((n) => Math.min(n, max))
    .meta({
      description: `More than ${max} means ${max}`,
      override: { type: 'integer', minimum: settings.min, default: settings.byDefault },
    });
}

const hops = atMost(HOPS_MAX, { min: 0, byDefault: 2 });

/** The query of GET /lineage. */
export const lineageQuery = z.strictObject({
  root: parameter.meta({
    description:
      'Where to begin: `layer.name`, `namespace.layer.name`, `namespace/zone` or the id of a node; without it, everything',
  }),
  /** The namespace whose pipelines are the beginning; of a `root` without a namespace, its namespace. */
  namespace: parameter,
  up: hops,
  down: hops,
  limit: atMost(PLACES_MAX, { min: 1, byDefault: PLACES_DEFAULT }),
});
export type LineageQuery = z.infer<typeof lineageQuery>;

/** The query of GET /lineage/columns. */
export const columnLineageQuery = z.strictObject({
  table: z
    .string({ error: 'is missing: it must be a table, as layer.name or namespace.layer.name' })
    .min(1)
    .meta({ description: 'The table, as `layer.name` or `namespace.layer.name`' }),
  /** The namespace of a `table` without one. */
  namespace: parameter,
  column: parameter.meta({ description: 'One column of it; without it, all' }),
  up: hops,
  down: hops,
  limit: atMost(PLACES_MAX, { min: 1, byDefault: PLACES_DEFAULT }),
});
export type ColumnLineageQuery = z.infer<typeof columnLineageQuery>;

const lineageRun = z
  .object({
    id: z.uuid(),
    status: runStatus,
    created_at: timestamp,
    started_at: timestamp.nullable(),
    finished_at: timestamp.nullable(),
    duration_ms: z.number().int().nullable(),
    /** What became of its rows; null where its status is enough. */
    disposition: z.enum(RUN_DISPOSITIONS).nullable(),
  })
  .meta({ id: 'LineageRun' });

/** A pipeline, a table or a landing zone. `type`, `latest_run` and `quality` are the names of the reference platform. */
const lineageNode = z
  .object({
    /** `pipeline:namespace.layer.name`, `table:namespace.layer.name` or `landing:namespace/zone`. */
    id: z.string(),
    kind: z.enum(['pipeline', 'table', 'landing']),
    type: z.enum(['pipeline', 'table', 'landing_zone']),
    namespace: z.string(),
    /** Absent for a landing zone. */
    layer: layer.optional(),
    name: z.string(),
    /** Whether there is such a table; true for what is not a table. */
    exists: z.boolean(),
    /** The newest run of a pipeline; null for what is not a pipeline. */
    last_run: lineageRun.nullable(),
    /** `last_run`; absent where that is null. */
    latest_run: lineageRun.optional(),
    /** Since when a pipeline or its table lacks data that a table above it has; null when it has everything. */
    stale_since: timestamp.nullable(),
    /** Whether data of the pipeline's table flows back into the pipeline through other pipelines. */
    in_cycle: z.boolean(),
    /** The results of the newest run or audit of a pipeline that had quality tests; absent without one. */
    quality: z
      .object({
        total: z.number().int(),
        ...(Object.fromEntries(
          QUALITY_STATUSES.map((status) => [status, z.number().int()]),
        ) as Record<(typeof QUALITY_STATUSES)[number], z.ZodNumber>),
      })
      .optional(),
  })
  .meta({ id: 'LineageNode' });
export type LineageNode = z.infer<typeof lineageNode>;

/** Data flows from `from` to `to`. `source`, `target` and `type` are the names of the reference platform. */
const lineageEdge = z
  .object({
    from: z.string(),
    to: z.string(),
    /** `test`: only a quality test of the pipeline reads it. */
    kind: z.enum(['ref', 'landing', 'test', 'produces']),
    source: z.string(),
    target: z.string(),
    type: z.enum(['ref', 'landing_input', 'produces']),
    /** Whether the current version names it. */
    declared: z.boolean(),
    /** Whether the newest successful run read it. */
    observed: z.boolean(),
  })
  .meta({ id: 'LineageEdge' });
export type LineageEdge = z.infer<typeof lineageEdge>;

export const lineageAnswer = z
  .object({
    nodes: z.array(lineageNode),
    edges: z.array(lineageEdge),
    /** Whether more pipelines, tables and landing zones are within the distance than `limit`. */
    truncated: z.boolean(),
    /** Whether the inputs of every pipeline are known; they are listed within a minute after an upgrade. */
    complete: z.boolean(),
  })
  .meta({ id: 'Lineage' });
export type LineageAnswer = z.infer<typeof lineageAnswer>;

/** A column of a table. */
const columnNode = z
  .object({
    /** `namespace.layer.name:column`. */
    id: z.string(),
    /** `namespace.layer.name`. */
    table: z.string(),
    column: z.string(),
  })
  .meta({ id: 'ColumnNode' });

export const columnLineageAnswer = z
  .object({
    nodes: z.array(columnNode),
    /** The column `to` is computed from the column `from`, among others. */
    edges: z.array(z.object({ from: z.string(), to: z.string() })),
    /**
     * Tables among these whose columns have unknown origins: no run has written them since this is recorded, or the
     * engine could not tell.
     */
    unknown: z.array(z.string()),
    /** Whether there are more columns within the distance than `limit`. */
    truncated: z.boolean(),
  })
  .meta({ id: 'ColumnLineage' });
export type ColumnLineageAnswer = z.infer<typeof columnLineageAnswer>;
