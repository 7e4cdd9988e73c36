import { storedTriggerConfig } from '@rat/contracts';
import type {
  FiringOutcome,
  Layer,
  Manager,
  Overlap,
  ParamValues,
  PipelineRef,
  RunStatus,
  TriggerKind,
  TriggerMarks,
  TriggerSettings,
} from '@rat/domain';

/** A trigger that is not deleted. */
export interface TriggerRow extends TriggerSettings {
  id: string;
  pipelineId: string;
  pipeline: PipelineRef;
  name: string;
  managedBy: Manager;
  marks: TriggerMarks;
  /** Undefined: it fires. */
  paused: { at: Date; by: string | undefined; reason: string | undefined } | undefined;
  /** When it decides next; undefined while it is paused, and until something changes. */
  fireAt: Date | undefined;
  /** Of the kind `dependency`: every nominal time up to here is decided. */
  decidedUntil: Date;
  /** The sealed secrets of a webhook. */
  secrets: readonly Uint8Array[];
  revision: number;
  createdAt: Date;
  updatedAt: Date;
}

/** One input of a trigger. */
export interface TriggerInput {
  /** `pipeline:…`, `table:…`, `zone:…`, or `run:…` of a trigger that fires for each success. */
  input: string;
  /** The state that the trigger decided about last; undefined: it decided about none. */
  consumed: string | undefined;
  /** Undefined: it has no state yet. */
  latest: string | undefined;
  latestAt: Date | undefined;
  /** The run that brought the state about. */
  runId: string | undefined;
}

/** A trigger with its inputs and what it did last. */
export interface TriggerStory extends TriggerRow {
  inputs: TriggerInput[];
  lastFiring:
    | { id: string; outcome: FiringOutcome; reason: string | undefined; at: Date }
    | undefined;
  lastRun: { id: string; status: RunStatus; at: Date } | undefined;
}

/** The columns of StoredTrigger, for a statement that joins `triggers t` and `pipelines p`. */
export const TRIGGER_COLUMNS = `
  t.id::text,
  t.pipeline_id::text,
  p.namespace,
  p.layer,
  p.name AS pipeline,
  t.name,
  t.kind,
  t.config,
  t.debounce_seconds,
  t.max_wait_seconds,
  t.cooldown_seconds,
  t.max_per_hour,
  t.overlap,
  t.priority,
  t.expires_in_seconds,
  t.params,
  t.managed_by,
  t.first_change_at,
  t.last_change_at,
  t.last_fired_at,
  t.fire_at,
  t.decided_until,
  t.secrets,
  t.paused_at,
  t.paused_by,
  t.pause_reason,
  t.revision,
  t.created_at,
  t.updated_at`;

/** A row as TRIGGER_COLUMNS select it. */
export interface StoredTrigger {
  id: string;
  pipeline_id: string;
  namespace: string;
  layer: Layer;
  pipeline: string;
  name: string;
  kind: TriggerKind;
  config: unknown;
  debounce_seconds: number;
  max_wait_seconds: number | null;
  cooldown_seconds: number;
  max_per_hour: number;
  overlap: Overlap;
  priority: number;
  expires_in_seconds: number | null;
  params: ParamValues | null;
  managed_by: Manager;
  first_change_at: Date | null;
  last_change_at: Date | null;
  last_fired_at: Date | null;
  fire_at: Date | null;
  decided_until: Date;
  secrets: Uint8Array[] | null;
  paused_at: Date | null;
  paused_by: string | null;
  pause_reason: string | null;
  revision: number;
  created_at: Date;
  updated_at: Date;
}

/** Throws for a stored config that is not one of its kind. */
export function toTrigger(row: StoredTrigger): TriggerRow {
  return {
    id: row.id,
    pipelineId: row.pipeline_id,
    pipeline: { namespace: row.namespace, layer: row.layer, name: row.pipeline },
    name: row.name,
    config: storedTriggerConfig.parse(row.config),
    debounceSeconds: row.debounce_seconds,
    maxWaitSeconds: row.max_wait_seconds ?? undefined,
    cooldownSeconds: row.cooldown_seconds,
    maxPerHour: row.max_per_hour,
    overlap: row.overlap,
    priority: row.priority,
    expiresInSeconds: row.expires_in_seconds ?? undefined,
    params: row.params ?? undefined,
    managedBy: row.managed_by,
    marks: {
      firstChangeAt: row.first_change_at ?? undefined,
      lastChangeAt: row.last_change_at ?? undefined,
      lastFiredAt: row.last_fired_at ?? undefined,
    },
    paused:
      row.paused_at === null
        ? undefined
        : {
            at: row.paused_at,
            by: row.paused_by ?? undefined,
            reason: row.pause_reason ?? undefined,
          },
    fireAt: row.fire_at ?? undefined,
    decidedUntil: row.decided_until,
    secrets: row.secrets ?? [],
    revision: row.revision,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** A row as INPUT_COLUMNS select it. */
export interface StoredInput {
  input: string;
  consumed: string | null;
  latest: string | null;
  latest_at: Date | null;
  run_id: string | null;
}

export const INPUT_COLUMNS = `
  i.input,
  i.consumed,
  i.latest,
  i.latest_at,
  i.run_id::text`;

export function toInput(row: StoredInput): TriggerInput {
  return {
    input: row.input,
    consumed: row.consumed ?? undefined,
    latest: row.latest ?? undefined,
    latestAt: row.latest_at ?? undefined,
    runId: row.run_id ?? undefined,
  };
}
