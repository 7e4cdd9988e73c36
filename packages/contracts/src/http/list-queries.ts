import { FIRING_OUTCOMES, LAYERS, TRIGGER_KINDS, VIEW_SCREENS } from '@rat/domain';
import { z } from 'zod';
import { words } from './cancel.ts';
import { FAILING_ROWS_MAX } from './quality.ts';
import {
  parameter,
  oneOf,
  wholeNumber,
  wholeOrAbsent,
  limit,
  offset,
  instant,
  flag,
  VERSION_MAX,
} from './query-parameters.ts';
import { NEXT_TIMES_MAX } from './schedule.ts';

/** Longer than any address. */
const SEARCH_TEXT_MAX = 500;

/** The query of GET /search. */
export const searchQuery = z.strictObject({
  q: z
    .string({ error: 'is missing: it must be the text to search for' })
    .trim()
    .min(1, { error: 'must not be empty' })
    .max(SEARCH_TEXT_MAX),
  namespace: parameter,
  limit,
});

/** The query of GET /tokens. */
export const listTokensQuery = z.strictObject({ limit, offset });

/** The query of GET /views. */
export const listViewsQuery = z.strictObject({ screen: oneOf(VIEW_SCREENS), limit, offset });

/** The query of GET /namespaces; `namespace` is the exact name. */
export const listNamespacesQuery = z.strictObject({ namespace: parameter, limit, offset });

const PIPELINE_SORTS = [
  'address',
  '-address',
  'name',
  '-name',
  'created_at',
  '-created_at',
  'updated_at',
  '-updated_at',
] as const;

/** The query of GET /pipelines. */
export const listPipelinesQuery = z
  .strictObject({
    namespace: parameter,
    layer: oneOf(LAYERS),
    /** A part of the address or of the description, in any case of letters. */
    q: parameter,
    /** Another name of `q`. */
    search: parameter,
    /** `address` is namespace, layer and name; a leading - means descending. */
    sort: oneOf(PIPELINE_SORTS),
    include: oneOf(['health']),
    limit,
    offset,
  })
  .refine((query) => query.q === undefined || query.search === undefined, {
    path: ['search'],
    error: 'must not be combined with q, which means the same',
  });
export type ListPipelinesQuery = z.infer<typeof listPipelinesQuery>;

/** The query of GET /plugins: the filters of other platforms, which have nothing to filter. */
export const listPluginsQuery = z.strictObject({ status: parameter, kind: parameter });

/** The query of GET /tables: the tables that exist, or the dropped ones that can be restored. */
export const listTablesQuery = z.strictObject({
  namespace: parameter,
  layer: oneOf(LAYERS),
  dropped: flag,
  limit,
  offset,
});

/** The query of GET /schema. */
export const schemaQuery = z.strictObject({ namespace: parameter, layer: oneOf(LAYERS) });

/** The query of DELETE /tables/{namespace}/{layer}/{name}. */
export const dropTableQuery = z.strictObject({
  force: flag,
  reason: parameter.pipe(words.optional()),
});

/** The query of DELETE /pipelines/{namespace}/{layer}/{name}: what becomes of its table. */
export const deletePipelineQuery = dropTableQuery.extend({
  table: oneOf(['keep', 'drop'])
    .transform((choice) => choice ?? 'keep')
    .meta({ override: { type: 'string', enum: ['keep', 'drop'], default: 'keep' } }),
});

/** The query of GET /pipelines/{namespace}/{layer}/{name}/tests/{test}/history. */
export const testHistoryQuery = z.strictObject({ limit, offset });

/** The query of GET /runs/{id}/quality/{test}/rows. */
export const failingRowsQuery = z.strictObject({
  limit: wholeNumber({ min: 1, byDefault: 100 }).transform((wanted) =>
    Math.min(wanted, FAILING_ROWS_MAX),
  ),
  offset,
});

/** The query of GET /pipelines/{namespace}/{layer}/{name}/versions. */
export const listVersionsQuery = z.strictObject({ limit, offset });

/** The query of GET /pipelines/{namespace}/{layer}/{name}/versions/diff. */
export const versionDiffQuery = z.strictObject({
  from: wholeOrAbsent(VERSION_MAX).pipe(
    z.number({ error: 'is missing; it must be the number of a version' }),
  ),
  to: wholeOrAbsent(VERSION_MAX),
});

/** The query of GET /pipelines/{namespace}/{layer}/{name}/draft/diff. */
export const draftDiffQuery = z.strictObject({ from: wholeOrAbsent(VERSION_MAX) });

/** The query of GET /audit. */
export const listAuditQuery = z
  .strictObject({
    who: parameter,
    action: parameter,
    resource: parameter,
    /** Only entries about things of this namespace. */
    namespace: parameter,
    token_id: z.uuid().optional(),
    from: instant,
    to: instant,
    limit,
    offset,
    cursor: parameter,
  })
  .refine((query) => !(query.cursor !== undefined && query.offset > 0), {
    path: ['offset'],
    error: 'must not be combined with cursor',
  });

/** The query of GET /landing-zones. */
export const listAllLandingZonesQuery = z.strictObject({ namespace: parameter, limit, offset });

/** The query of GET /landing-zones/{namespace}. */
export const listLandingZonesQuery = z.strictObject({ limit, offset });

/** The query of GET /landing-zones/{namespace}/{zone}/files. */
export const listLandingFilesQuery = z.strictObject({
  limit,
  offset,
  processed: flag,
});

/** The query of GET /schedules. */
export const listSchedulesQuery = z.strictObject({
  namespace: parameter,
  layer: oneOf(LAYERS),
  pipeline: parameter,
  /** `true`: only the paused ones; `false`: only the others. */
  paused: oneOf(['true', 'false']),
  limit,
  offset,
});

/** The query of GET /triggers. */
export const listTriggersQuery = z.strictObject({
  namespace: parameter,
  layer: oneOf(LAYERS),
  pipeline: parameter,
  kind: oneOf(TRIGGER_KINDS),
  /** `true`: only the paused ones; `false`: only the others. */
  paused: oneOf(['true', 'false']),
  limit,
  offset,
});

/** The query of GET /schedules/{id}/next. */
export const nextTimesQuery = z.strictObject({ count: wholeOrAbsent(NEXT_TIMES_MAX) });

/** The query of GET …/firings of a schedule or a trigger. */
export const listFiringsQuery = z.strictObject({
  outcome: oneOf(FIRING_OUTCOMES),
  limit,
  /** The `next_cursor` of the page before. */
  cursor: wholeOrAbsent(999_999_999),
});
