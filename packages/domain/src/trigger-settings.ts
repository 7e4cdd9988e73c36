import type { ParamType, ParamValues } from './param.ts';
import type { Overlap } from './schedule.ts';

/** Which changes make a pipeline run. */
export const TRIGGER_KINDS = ['upload', 'upstream', 'table', 'dependency', 'webhook'] as const;
/**
 * - `upload`: files in a landing zone that no success of the pipeline has read.
 * - `upstream`: successes of other pipelines.
 * - `table`: new data in tables, from any writer.
 * - `dependency`: a due time, once other pipelines have succeeded since the time before it.
 * - `webhook`: a request from outside.
 */
export type TriggerKind = (typeof TRIGGER_KINDS)[number];

export const MATCHES = ['any', 'all'] as const;
/** Whether one input with news is enough, or every input needs some. */
export type Match = (typeof MATCHES)[number];

/** `batch`: one firing for all news since the last one. `run`: one firing for each success. */
export const PER = ['batch', 'run'] as const;
export type Per = (typeof PER)[number];

/** A due time on the clock. */
export interface CronTime {
  cron: string;
  timezone: string;
}

/*
 * What a trigger watches is stored as requests and answers have it, so its keys are those of the
 * wire, and null means absent.
 */

/** Files in a landing zone. */
export interface UploadConfig {
  kind: 'upload';
  namespace: string;
  zone: string;
  /** A glob over the path in the zone; null: every file. */
  pattern: string | null;
  min_files: number;
}

/** Which news belong together under `match: all`; both null: all since the last firing. */
export interface MatchRules {
  match: Match;
  /** The news of all inputs must lie this close together. */
  within_seconds: number | null;
  /** The news of every input must be later than the last time of this pattern. */
  since: CronTime | null;
}

/** Successes of pipelines, `namespace.layer.name`. */
export interface UpstreamConfig extends MatchRules {
  kind: 'upstream';
  pipelines: string[];
  per: Per;
}

/** New data in tables, `namespace.layer.name`. */
export interface TableConfig extends MatchRules {
  kind: 'table';
  tables: string[];
}

/** A due time that waits for the successes of pipelines, `namespace.layer.name`. */
export interface DependencyConfig extends CronTime {
  kind: 'dependency';
  pipelines: string[];
}

/** How the sender of a delivery proves itself. */
export const VERIFICATIONS = ['token', 'github', 'stripe', 'standard', 'slack', 'hmac'] as const;
export type Verification = (typeof VERIFICATIONS)[number];

/** The algorithms and encodings of a signature that is not of a known service. */
export const SIGNATURE_ALGORITHMS = ['sha1', 'sha256', 'sha512'] as const;
export const SIGNATURE_ENCODINGS = ['hex', 'base64'] as const;

/** A request from outside. Its secrets are stored apart, sealed. */
export interface WebhookConfig {
  kind: 'webhook';
  verify: Verification;
  /** Where and how the signature is sent; exactly with `verify: hmac`. */
  signature: {
    header: string;
    algorithm: (typeof SIGNATURE_ALGORITHMS)[number];
    encoding: (typeof SIGNATURE_ENCODINGS)[number];
  } | null;
  /** A JSON pointer to the id of a delivery; null: only the known headers are looked at. */
  delivery_id: string | null;
  /** The parameters that a delivery carries, by name. */
  params: Record<string, { pointer: string; type: ParamType }>;
}

/** What a trigger watches. */
export type TriggerConfig =
  | UploadConfig
  | UpstreamConfig
  | TableConfig
  | DependencyConfig
  | WebhookConfig;

/** What a trigger watches and what it does then, as a person set it. */
export interface TriggerSettings {
  config: TriggerConfig;
  /** It waits until nothing has changed for this long. */
  debounceSeconds: number;
  /** It waits at most this long after the first change; undefined: as long as changes follow. */
  maxWaitSeconds: number | undefined;
  /** The least time between two firings. */
  cooldownSeconds: number;
  /** With more firings in an hour it is paused. */
  maxPerHour: number;
  /** What a firing does while runs of this trigger are active. */
  overlap: Overlap;
  priority: number;
  /** A run that has not started within this time is cancelled. */
  expiresInSeconds: number | undefined;
  /** The values of the pipeline's parameters. */
  params: ParamValues | undefined;
}

/** One thing that changed, and so made a pipeline run. */
export type FiringCause =
  | { kind: 'run'; pipeline: string; run_id: string }
  | { kind: 'table'; table: string; data_version: string; run_id: string | null }
  | { kind: 'files'; zone: string; files: string[]; total: number }
  | { kind: 'delivery'; delivery_id: string }
  | { kind: 'person'; name: string | null };

/** The pipelines and tables that a trigger follows, `namespace.layer.name`. */
export function upstreamsOf(config: TriggerConfig): readonly string[] {
  switch (config.kind) {
    case 'upstream':
    case 'dependency':
      return config.pipelines;
    case 'table':
      return config.tables;
    case 'upload':
    case 'webhook':
      return [];
  }
}

/** The names under which the states of a trigger's inputs are stored. */
export function inputsOf(config: TriggerConfig): string[] {
  switch (config.kind) {
    case 'upload':
      return [`zone:${config.namespace}/${config.zone}`];
    case 'upstream':
    case 'dependency':
      return config.pipelines.map((ref) => `pipeline:${ref}`);
    case 'table':
      return config.tables.map((ref) => `table:${ref}`);
    case 'webhook':
      return [];
  }
}
