import {
  FAILURE_CODES,
  LAYERS,
  LOG_LEVELS,
  PHASES,
  RUN_DISPOSITIONS,
  RUN_KINDS,
  RUN_SORT_FIELDS,
  RUN_STATUSES,
} from '@rat/domain';
import { z } from 'zod';
import {
  parameter,
  oneOf,
  someOf,
  wholeOrAbsent,
  limit,
  offset,
  instant,
  VERSION_MAX,
} from './query-parameters.ts';

/** What GET /runs can be sorted by. */
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
    /** A version of the pipeline; with `namespace`, `layer` and `pipeline`. */
    pipeline_version: wholeOrAbsent(VERSION_MAX),
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
  .superRefine((query, context) => {
    const missing = (['namespace', 'layer', 'pipeline'] as const).filter(
      (name) => query[name] === undefined,
    );
    if (query.pipeline_version === undefined || missing.length === 0) return;
    context.addIssue({
      code: 'custom',
      path: ['pipeline_version'],
      message: `is a version of one pipeline: ${missing.join(' and ')} must be given too`,
    });
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

/** The most lines in one JSON answer of a log, and the default. */
export const LOG_LIMIT_MAX = 10_000;

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
