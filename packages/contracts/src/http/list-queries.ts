import {
  FAILURE_CODES,
  FIRING_OUTCOMES,
  LAYERS,
  LOG_LEVELS,
  PHASES,
  RUN_DISPOSITIONS,
  RUN_KINDS,
  RUN_SORT_FIELDS,
  RUN_STATUSES,
  TRIGGER_KINDS,
  VIEW_SCREENS,
} from '@rat/domain';
import { z } from 'zod';
import { words } from './cancel.ts';
import { FAILING_ROWS_MAX } from './quality.ts';
import { NEXT_TIMES_MAX } from './schedule.ts';

/** What GET /runs can be sorted by. */
export const PAGE_DEFAULT = 50;
export const PAGE_MAX = 200;

/** A parameter given once; an empty one counts as absent. */
export const parameter = z
  .string({ error: 'must be given once' })
  .transform((text) => (text === '' ? undefined : text))
  .optional();

/** One of `words`. */
function oneOf<const W extends readonly [string, ...string[]]>(words: W) {
  return parameter
    .pipe(z.enum(words, { error: `must be one of ${words.join(', ')}` }).optional())
    .meta({ override: { type: 'string', enum: words } });
}

/** One or several of `words`, each once: separated by commas, or in a parameter that is given several times. */
function someOf<const W extends readonly [string, ...string[]]>(words: W) {
  const error = `must be one or several of ${words.join(', ')}, separated by commas`;
  return parameter
    .pipe(
      z
        .string()
        .transform((text) => [...new Set(text.split(','))])
        .pipe(z.array(z.enum(words, { error })))
        .optional(),
    )
    .meta({ override: { type: 'array', items: { type: 'string', enum: words } } });
}

/** A whole number of digits only: no sign, point or exponent. */
export function wholeNumber(settings: { min: number; byDefault: number }) {
  const error = `must be a whole number of at least ${settings.min}`;
  return parameter
    .pipe(
      z
        .string()
        .regex(/^\d{1,15}$/, { error })
        .transform(Number)
        .optional(),
    )
    .pipe(z.number().min(settings.min, { error }).default(settings.byDefault));
}

/** At least 1; more than a page may have means as many as it may have. */
const limit = wholeNumber({ min: 1, byDefault: PAGE_DEFAULT })
  .transform((n) => Math.min(n, PAGE_MAX))
  .meta({
    description: `More than ${PAGE_MAX} means ${PAGE_MAX}`,
    override: { type: 'integer', minimum: 1, default: PAGE_DEFAULT },
  });

const offset = wholeNumber({ min: 0, byDefault: 0 }).meta({
  override: { type: 'integer', minimum: 0, default: 0 },
});

/** An ISO 8601 date, or time with its zone. The + of an offset may have been read as a space on its way here. */
const instant = parameter
  .pipe(
    z
      .string()
      .transform((text) => text.replace(/ (?=\d\d:?\d\d$)/, '+'))
      .pipe(
        z.union([z.iso.datetime({ offset: true }), z.iso.date()], {
          error: 'must be an ISO 8601 timestamp with its zone, such as 2026-02-12T14:00:00Z',
        }),
      )
      .transform((text) => new Date(text))
      .optional(),
  )
  .meta({
    description: 'A date, or a time with its zone',
    override: { type: 'string', format: 'date-time' },
  });

const SORTS = [...RUN_SORT_FIELDS, ...RUN_SORT_FIELDS.map((field) => `-${field}` as const)];

const sort = parameter
  .pipe(
    z
      .enum(SORTS, {
        error: `must be one of ${RUN_SORT_FIELDS.join(', ')}; a leading - means descending`,
      })
      .optional(),
  )
  .meta({ override: { type: 'string', enum: SORTS } });

/**
 * The query of GET /runs. Names match exactly. A value of the wrong form is refused: a mistyped filter must never look
 * like an empty list.
 */
export const listRunsQuery = z
  .strictObject({
    namespace: parameter,
    layer: oneOf(LAYERS),
    pipeline: parameter,
    status: someOf(RUN_STATUSES),
    kind: oneOf(RUN_KINDS),
    /** The whole trigger, or its part before a colon. */
    trigger: parameter,
    pool: parameter,
    /** The id of the runner of the newest attempt. */
    runner: parameter,
    failure_code: oneOf(FAILURE_CODES),
    disposition: oneOf(RUN_DISPOSITIONS),
    /** The id of a run group. */
    group_id: parameter
      .pipe(z.uuid({ error: 'must be the id of a run group' }).optional())
      .meta({ override: { type: 'string', format: 'uuid' } }),
    /** A part of `namespace.layer.pipeline`, or the first 8 or more digits of an id. */
    q: parameter,
    from: instant,
    to: instant,
    /** Another name of `from`. */
    started_after: instant,
    /** Another name of `to`. */
    started_before: instant,
    sort,
    order: oneOf(['asc', 'desc']),
    limit,
    offset,
    cursor: parameter,
  })
  .refine((query) => query.from === undefined || query.started_after === undefined, {
    path: ['started_after'],
    error: 'must not be combined with from, which means the same',
  })
  .refine((query) => query.to === undefined || query.started_before === undefined, {
    path: ['started_before'],
    error: 'must not be combined with to, which means the same',
  })
  .refine((query) => !(query.sort?.startsWith('-') && query.order === 'asc'), {
    path: ['order'],
    error: 'must not be asc when sort begins with -',
  })
  .refine((query) => !(query.cursor !== undefined && query.offset > 0), {
    path: ['offset'],
    error: 'must not be combined with cursor',
  });
export type ListRunsQuery = z.infer<typeof listRunsQuery>;

/** `true` or `false`; false where it is absent. */
const flag = oneOf(['true', 'false'])
  .transform((text) => text === 'true')
  .meta({ override: { type: 'boolean', default: false } });
/** The query of GET /runs/stats. */
export const runStatsQuery = z.strictObject({
  bucket: oneOf(['hour', 'day'])
    .transform((bucket) => bucket ?? 'hour')
    .meta({ override: { type: 'string', enum: ['hour', 'day'], default: 'hour' } }),
  namespace: parameter,
  layer: oneOf(LAYERS),
  pipeline: parameter,
  from: instant,
  to: instant,
});
export type RunStatsQuery = z.infer<typeof runStatsQuery>;

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
  'created_at',
  '-created_at',
  'updated_at',
  '-updated_at',
] as const;

/** The query of GET /pipelines. */
export const listPipelinesQuery = z.strictObject({
  namespace: parameter,
  layer: oneOf(LAYERS),
  /** A part of the address or of the description, in any case of letters. */
  q: parameter,
  /** `address` is namespace, layer and name; a leading - means descending. */
  sort: oneOf(PIPELINE_SORTS),
  include: oneOf(['health']),
  limit,
  offset,
});
export type ListPipelinesQuery = z.infer<typeof listPipelinesQuery>;

/** The formats of rows. */
export const ROW_FORMATS = ['json', 'csv', 'parquet', 'arrow'] as const;
export type RowFormat = (typeof ROW_FORMATS)[number];

/** The format of an answer with rows; it wins over `Accept`. */
export const rowFormat = oneOf(ROW_FORMATS);

/** How the rows of a JSON answer are written. */
export const ROWS_AS = ['objects', 'arrays'] as const;
export type RowsAs = (typeof ROWS_AS)[number];

/** Objects unless arrays are asked for. */
export const rowsAs = oneOf(ROWS_AS)
  .transform((form) => form ?? 'objects')
  .meta({ override: { type: 'string', enum: ROWS_AS, default: 'objects' } });

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

/** The most lines in one JSON answer of a log, and the default. */
export const LOG_LIMIT_MAX = 10_000;

const VERSION_MAX = 999_999_999;

/** A whole number from 1 to `most`, of digits only; undefined when it is absent. */
export const wholeOrAbsent = (most: number) => {
  const error = `must be a whole number from 1 to ${most}`;
  return parameter
    .pipe(
      z
        .string()
        .regex(/^\d{1,9}$/, { error })
        .transform(Number)
        .pipe(z.number().min(1, { error }).max(most, { error }))
        .optional(),
    )
    .meta({ override: { type: 'integer', minimum: 1, maximum: most } });
};

/** The query of GET /pipelines/{namespace}/{layer}/{name}/versions/diff. */
export const versionDiffQuery = z.strictObject({
  from: wholeOrAbsent(VERSION_MAX).pipe(
    z.number({ error: 'is missing; it must be the number of a version' }),
  ),
  to: wholeOrAbsent(VERSION_MAX),
});

/** The query of GET /pipelines/{namespace}/{layer}/{name}/draft/diff. */
export const draftDiffQuery = z.strictObject({ from: wholeOrAbsent(VERSION_MAX) });

/** The most lines of a `tail`: a line has up to 16 KiB, and a tail is in memory as a whole. */
const TAIL_MAX = 1_000;

/** The query of GET /runs/{id}/logs. `after` is checked together with the header that outranks it. */
export const runLogsQuery = z.strictObject({
  limit: wholeOrAbsent(LOG_LIMIT_MAX),
  level: oneOf(LOG_LEVELS),
  phase: oneOf(PHASES),
  attempt: wholeOrAbsent(1_000_000),
  q: parameter,
  after: parameter,
  /** The last so many lines of those that the other parameters let pass. */
  tail: wholeOrAbsent(TAIL_MAX),
  /** Only lines before this seq: with `tail`, the lines above those that a client has. */
  before: wholeOrAbsent(999_999_999),
  format: oneOf(['json', 'ndjson', 'text', 'event-stream']),
});
export type RunLogsQuery = z.infer<typeof runLogsQuery>;

/** The query of GET /events; `after` is checked together with the header that outranks it. */
export const runEventsQuery = z.strictObject({
  namespace: parameter,
  layer: oneOf(LAYERS),
  pipeline: parameter,
  status: oneOf(RUN_STATUSES),
  after: parameter,
});
export type RunEventsQuery = z.infer<typeof runEventsQuery>;

/** The query of GET /audit. */
export const listAuditQuery = z
  .strictObject({
    who: parameter,
    action: parameter,
    resource: parameter,
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
