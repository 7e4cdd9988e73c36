import {
  FIRING_OUTCOMES,
  MANAGERS,
  MATCHES,
  OVERLAPS,
  PARAM_TYPES,
  PER,
  RUN_STATUSES,
  SIGNATURE_ALGORITHMS,
  SIGNATURE_ENCODINGS,
  TRIGGER_KINDS,
  VERIFICATIONS,
  type TriggerConfig,
  type TriggerKind,
} from '@rat/domain';
import { z } from 'zod';
import { bodyNamespace, layer, slug, timestamp } from '../common.ts';
import { paramValues } from '../pipeline-files/params.ts';
import { words } from './cancel.ts';
import { scheduleName } from './schedule.ts';

const DEBOUNCE_MAX = 86_400;
const COOLDOWN_MAX = 7 * 86_400;
const WITHIN_MAX = 366 * 86_400;
const PER_HOUR_MAX = 3_600;
const INPUTS_MAX = 100;
const FILES_MAX = 10_000;
const PRIORITY_MAX = 100;
const EXPIRY_MAX = 30 * 86_400;
const POINTER_MAX = 500;

/** The name of a trigger, unique among those of its pipeline. */
export const triggerName = scheduleName;

const cron = z.string().max(200);
const timezone = z.string().max(64).default('UTC');

/** `layer.name`, in the namespace of the pipeline, or `namespace.layer.name`. */
const refs = z.array(z.string().max(300)).min(1).max(INPUTS_MAX);

const matching = {
  /** Whether one input with news is enough. */
  match: z.enum(MATCHES).default('any'),
  /** Under `all`: the news of all inputs lie this close together. */
  within_seconds: z.number().int().min(1).max(WITHIN_MAX).nullable().default(null),
  /** Under `all`: the news of every input are later than the last time of this pattern. */
  since: z.strictObject({ cron, timezone }).nullable().default(null),
};

/** A JSON pointer (RFC 6901). */
const pointer = z
  .string()
  .max(POINTER_MAX)
  .regex(/^(\/([^/~]|~[01])*)+$/, 'must be a JSON pointer such as /order/id');

const configs = {
  upload: z.strictObject({
    /** By default that of the pipeline. */
    namespace: bodyNamespace.optional(),
    zone: slug,
    /** A glob over the path in the zone; by default every file. */
    pattern: z.string().min(1).max(300).nullable().default(null),
    /** How many files without a reader it waits for. */
    min_files: z.number().int().min(1).max(FILES_MAX).default(1),
  }),
  upstream: z.strictObject({
    pipelines: refs,
    ...matching,
    /** `run`: each success makes a run of its own. */
    per: z.enum(PER).default('batch'),
  }),
  table: z.strictObject({ tables: refs, ...matching }),
  dependency: z.strictObject({ cron, timezone, pipelines: refs }),
  webhook: z.strictObject({
    verify: z.enum(VERIFICATIONS).default('token'),
    /** Exactly with `verify: hmac`. */
    signature: z
      .strictObject({
        header: z
          .string()
          .max(100)
          .regex(/^[A-Za-z0-9-]+$/, 'must be the name of a header'),
        algorithm: z.enum(SIGNATURE_ALGORITHMS).default('sha256'),
        encoding: z.enum(SIGNATURE_ENCODINGS).default('hex'),
      })
      .nullable()
      .default(null),
    delivery_id: pointer.nullable().default(null),
    params: z
      .record(z.string(), z.strictObject({ pointer, type: z.enum(PARAM_TYPES) }))
      .default({}),
  }),
} as const satisfies Record<TriggerKind, z.ZodType>;

/** What a trigger of each kind watches, as a request gives it. */
export const TRIGGER_CONFIGS = configs;

/** What a trigger watches, as it is stored. */
export const storedTriggerConfig: z.ZodType<TriggerConfig> = z.discriminatedUnion('kind', [
  configs.upload.extend({ kind: z.literal('upload'), namespace: slug }),
  configs.upstream.extend({ kind: z.literal('upstream') }),
  configs.table.extend({ kind: z.literal('table') }),
  configs.dependency.extend({ kind: z.literal('dependency') }),
  configs.webhook.extend({ kind: z.literal('webhook') }),
]);

/** The settings beside what a trigger watches; an absent one has its default. */
const settings = {
  /** It waits until nothing has changed for this long. */
  debounce_seconds: z.number().int().min(0).max(DEBOUNCE_MAX).nullish(),
  /** It waits at most this long after the first change. */
  max_wait_seconds: z.number().int().min(1).max(DEBOUNCE_MAX).nullish(),
  /** The least time between two firings. */
  cooldown_seconds: z.number().int().min(0).max(COOLDOWN_MAX).nullish(),
  /** With more firings in an hour it is paused; 120 by default. */
  max_per_hour: z.number().int().min(1).max(PER_HOUR_MAX).nullish(),
  /** What a firing does while runs of this trigger are active; `inherit`: as the pipeline's `concurrency` decides. */
  overlap: z.enum(OVERLAPS).nullish(),
  priority: z.number().int().min(-PRIORITY_MAX).max(PRIORITY_MAX).nullish(),
  /** A run that is not started within this time is cancelled. */
  expires_in_seconds: z.number().int().min(1).max(EXPIRY_MAX).nullish(),
  /** Values of the pipeline's parameters, by name. */
  params: paramValues.nullish(),
  /** false: it is paused. */
  enabled: z.boolean({ error: 'must be true or false' }).nullish(),
};

/**
 * Of a webhook: its token, or the secret of its signature; two while one replaces the other. Left out: a webhook keeps
 * them, and a new one with `verify: token` gets a token.
 */
const secrets = z
  .array(
    z.string().regex(/^[\x21-\x7e]{16,1000}$/, 'must be 16 to 1,000 printable ASCII characters'),
  )
  .min(1)
  .max(2)
  .nullish();

/** The body of PUT …/triggers/{trigger}; `config` is one of TRIGGER_CONFIGS, by the kind. */
export const putTriggerBody = z
  .strictObject({
    /** May be left out only in a PUT by id, which keeps it. */
    kind: z.enum(TRIGGER_KINDS).optional(),
    /** May be left out only in a PUT by id, which keeps it. */
    config: z.record(z.string(), z.unknown()).optional(),
    secrets,
    ...settings,
  })
  .meta({ id: 'PutTriggerBody' });
export type PutTriggerBody = z.infer<typeof putTriggerBody>;

/** The kinds of triggers in the words of other clients; `cron` is a schedule. */
export const TRIGGER_TYPES = [
  'landing_zone_upload',
  'file_pattern',
  'pipeline_success',
  'cron',
  'cron_dependency',
  'webhook',
] as const;
export type TriggerType = (typeof TRIGGER_TYPES)[number];

/** The configs of these kinds. */
export const TYPED_CONFIGS = {
  landing_zone_upload: z.strictObject({ namespace: bodyNamespace, zone_name: slug }),
  file_pattern: z.strictObject({
    namespace: bodyNamespace,
    zone_name: slug,
    pattern: z.string().min(1).max(300),
  }),
  pipeline_success: z.strictObject({ namespace: bodyNamespace, layer, pipeline: slug }),
  cron: z.strictObject({ cron_expr: cron }),
  cron_dependency: z.strictObject({ cron_expr: cron, dependencies: refs }),
  webhook: configs.webhook,
} as const satisfies Record<TriggerType, z.ZodType>;

/** The body of POST …/triggers; `config` is one of TYPED_CONFIGS, by the type. */
export const createTriggerBody = z
  .strictObject({
    type: z.enum(TRIGGER_TYPES),
    config: z.record(z.string(), z.unknown()),
    enabled: settings.enabled,
    cooldown_seconds: settings.cooldown_seconds,
    /** By default the first free one of `upload`, `upload-2`, … by the kind. */
    name: triggerName.nullish(),
    secrets,
  })
  .meta({ id: 'CreateTriggerBody' });
export type CreateTriggerBody = z.infer<typeof createTriggerBody>;

/** The body of POST /triggers/{id}/pause. */
export const pauseTriggerBody = z
  .strictObject({ reason: words.nullish(), requested_by: words.nullish() })
  .meta({ id: 'PauseTriggerBody' });

/** The body of POST /triggers/{id}/resume. */
export const resumeTriggerBody = z
  .strictObject({
    /** Whether what changed during the pause counts. */
    catch_up: z.boolean({ error: 'must be true or false' }).nullish(),
  })
  .meta({ id: 'ResumeTriggerBody' });

/** The body of POST /triggers/{id}/run. */
export const runTriggerBody = z
  .strictObject({
    /** Values of the pipeline's parameters; they win over those of the trigger. */
    params: paramValues.nullish(),
    requested_by: words.nullish(),
  })
  .meta({ id: 'RunTriggerBody' });

const count = z.number().int().nonnegative();

/** The newest state of one input. */
const triggerInput = z.object({
  /** `pipeline:…`, `table:…` or `zone:…` */
  input: z.string(),
  /** When it last changed; null: not since the trigger watches it. */
  latest_at: timestamp.nullable(),
  /** The run that changed it; null: none of ours. */
  run_id: z.uuid().nullable(),
  /** Whether the trigger has not decided about this state yet. */
  is_new: z.boolean(),
});

/** A trigger with what it did last. */
export const trigger = z
  .object({
    id: z.uuid(),
    pipeline_id: z.uuid(),
    namespace: z.string(),
    layer,
    pipeline: z.string(),
    name: z.string(),
    kind: z.enum(TRIGGER_KINDS),
    /** What it watches, by its kind. */
    config: z.record(z.string(), z.unknown()),
    inputs: z.array(triggerInput),
    /** How many more inputs are in namespaces that the caller may not see. */
    hidden: count,
    debounce_seconds: count,
    max_wait_seconds: count.nullable(),
    cooldown_seconds: count,
    max_per_hour: count,
    overlap: z.enum(OVERLAPS),
    priority: z.number().int(),
    expires_in_seconds: z.number().int().nullable(),
    params: paramValues,
    /** `files`: an `automation.yaml` sets it, and requests can only pause, resume and run it, and give its secrets. */
    managed_by: z.enum(MANAGERS),
    /** Whether it is not paused. */
    enabled: z.boolean(),
    paused: z
      .object({ at: timestamp, by: z.string().nullable(), reason: z.string().nullable() })
      .nullable(),
    /** When it decides next; null: when something changes. */
    next_fire_at: timestamp.nullable(),
    last_firing: z
      .object({
        id: z.uuid(),
        outcome: z.enum(FIRING_OUTCOMES),
        reason: z.string().nullable(),
        at: timestamp,
      })
      .nullable(),
    last_run_id: z.uuid().nullable(),
    last_run_at: timestamp.nullable(),
    last_run_status: z.enum(RUN_STATUSES).nullable(),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'Trigger' });
export type TriggerAnswer = z.infer<typeof trigger>;

/** A trigger, or a schedule, in the words of other clients. */
export const typedTrigger = z
  .object({
    id: z.uuid(),
    pipeline_id: z.uuid(),
    name: z.string(),
    /** One of TRIGGER_TYPES; a kind that these do not have keeps its own name. */
    type: z.string(),
    config: z.record(z.string(), z.unknown()),
    enabled: z.boolean(),
    cooldown_seconds: count,
    last_triggered_at: timestamp.nullable(),
    last_run_id: z.uuid().nullable(),
    created_at: timestamp,
    updated_at: timestamp,
    /** Where the deliveries of a webhook go. */
    webhook_url: z.url().optional(),
    /** The token that the platform made for a webhook. It is shown once. */
    webhook_token: z.string().optional(),
    /** The same as `webhook_token`. */
    token: z.string().optional(),
  })
  .meta({ id: 'TypedTrigger' });
export type TypedTrigger = z.infer<typeof typedTrigger>;

export const typedTriggerList = z
  .object({ triggers: z.array(typedTrigger), total: count })
  .meta({ id: 'TypedTriggerList' });
export type TypedTriggerList = z.infer<typeof typedTriggerList>;
/** The answer to a PUT of a trigger. */
export const writtenTrigger = trigger
  .extend({
    /** The token that the platform made for a new webhook. It is shown once. */
    token: z.string().optional(),
  })
  .meta({ id: 'WrittenTrigger' });
export type WrittenTrigger = z.infer<typeof writtenTrigger>;

export const triggerList = z
  .object({ triggers: z.array(trigger), total: count })
  .meta({ id: 'TriggerPage' });
export type TriggerList = z.infer<typeof triggerList>;

/** The answer to POST /triggers/{id}/run. */
export const runTriggerAnswer = z
  .object({ run_id: z.uuid(), firing_id: z.uuid(), status: z.literal('pending') })
  .meta({ id: 'RunTriggerAnswer' });
export type RunTriggerAnswer = z.infer<typeof runTriggerAnswer>;
