import {
  TRIGGER_CONFIGS,
  TYPED_CONFIGS,
  type CreateTriggerBody,
  type PutTriggerBody,
} from '@rat/contracts';
import { checkPattern } from '@rat/dispatch';
import {
  formatRef,
  InputError,
  parseRef,
  TRIGGER_KINDS,
  type CronTime,
  type PipelineRef,
  type TriggerConfig,
  type TriggerKind,
  type TriggerSettings,
} from '@rat/domain';
import { parseInput } from '../http/parse-input.ts';
import { openRhythm } from './parse-settings.ts';

const MAX_PER_HOUR = 120;

/** A body that says what the trigger watches. */
type WholeTrigger = Omit<PutTriggerBody, 'kind' | 'config'> & GivenConfig;

/** A kind with the config that a request gives it. */
interface GivenConfig {
  kind: TriggerKind;
  config: Record<string, unknown>;
}

/** Throws InputError for a body that leaves out what the trigger watches. */
export function requireWhole(body: PutTriggerBody): WholeTrigger {
  const { kind, config } = body;
  if (kind === undefined) {
    throw wrong('kind', `is missing; it must be one of ${TRIGGER_KINDS.join(', ')}`);
  }
  if (config === undefined) throw wrong('config', 'is missing; it must be an object');
  return { ...body, kind, config };
}

/** The settings that a body gives; what is absent has its default. Throws InputError. */
export function parseTrigger(pipeline: PipelineRef, body: WholeTrigger): TriggerSettings {
  const config = parseConfig(pipeline, body);
  const debounceSeconds = body.debounce_seconds ?? 0;
  const maxWaitSeconds = body.max_wait_seconds ?? undefined;
  if (config.kind === 'dependency' && debounceSeconds > 0) {
    throw wrong('debounce_seconds', 'must be 0: a trigger with a due time waits for that');
  }
  if (config.kind === 'upstream' && config.per === 'run' && debounceSeconds > 0) {
    throw wrong('debounce_seconds', 'must be 0 with per: run, where each success has its own run');
  }
  if (maxWaitSeconds !== undefined && maxWaitSeconds < debounceSeconds) {
    throw wrong('max_wait_seconds', `must not be less than debounce_seconds, ${debounceSeconds}`);
  }
  return {
    config,
    debounceSeconds,
    maxWaitSeconds,
    cooldownSeconds: body.cooldown_seconds ?? 0,
    maxPerHour: body.max_per_hour ?? MAX_PER_HOUR,
    overlap: body.overlap ?? 'inherit',
    priority: body.priority ?? 0,
    expiresInSeconds: body.expires_in_seconds ?? undefined,
    params: body.params ?? undefined,
  };
}

/** A config in the words of other clients, in ours; `cron` makes a schedule. Throws InputError. */
export function parseTypedConfig({
  type,
  config: given,
}: Pick<CreateTriggerBody, 'type' | 'config'>): GivenConfig | { kind: 'cron'; cron: string } {
  switch (type) {
    case 'landing_zone_upload':
    case 'file_pattern': {
      const { zone_name: zone, ...rest } = parseWithin(TYPED_CONFIGS[type], given);
      return { kind: 'upload', config: { ...rest, zone } };
    }
    case 'pipeline_success': {
      const { namespace, layer, pipeline } = parseWithin(TYPED_CONFIGS.pipeline_success, given);
      return { kind: 'upstream', config: { pipelines: [`${namespace}.${layer}.${pipeline}`] } };
    }
    case 'cron':
      return { kind: 'cron', cron: parseWithin(TYPED_CONFIGS.cron, given).cron_expr };
    case 'cron_dependency': {
      const typed = parseWithin(TYPED_CONFIGS.cron_dependency, given);
      return {
        kind: 'dependency',
        config: { cron: typed.cron_expr, pipelines: typed.dependencies },
      };
    }
    case 'webhook':
      return { kind: 'webhook', config: given };
  }
}

function parseConfig(pipeline: PipelineRef, { kind, config: given }: GivenConfig): TriggerConfig {
  switch (kind) {
    case 'upload': {
      const config = parseWithin(TRIGGER_CONFIGS.upload, given);
      if (config.pattern !== null) checkGlob(config.pattern);
      return { kind, ...config, namespace: config.namespace ?? pipeline.namespace };
    }
    case 'upstream': {
      const config = parseWithin(TRIGGER_CONFIGS.upstream, given);
      checkMatching(config);
      if (config.per === 'run' && config.match === 'all') {
        throw wrong('config.per', 'must be batch with match: all, which joins several successes');
      }
      return { kind, ...config, pipelines: parseRefs(pipeline, 'pipelines', config.pipelines) };
    }
    case 'table': {
      const config = parseWithin(TRIGGER_CONFIGS.table, given);
      checkMatching(config);
      return { kind, ...config, tables: parseRefs(pipeline, 'tables', config.tables) };
    }
    case 'dependency': {
      const config = parseWithin(TRIGGER_CONFIGS.dependency, given);
      checkCron('config.', config);
      return { kind, ...config, pipelines: parseRefs(pipeline, 'pipelines', config.pipelines) };
    }
    case 'webhook': {
      const config = parseWithin(TRIGGER_CONFIGS.webhook, given);
      if ((config.verify === 'hmac') !== (config.signature !== null)) {
        throw wrong('config.signature', 'must be given exactly with verify: hmac');
      }
      return { kind, ...config };
    }
  }
}

function checkMatching(config: {
  match: 'any' | 'all';
  within_seconds: number | null;
  since: CronTime | null;
}): void {
  const { match, within_seconds: within, since } = config;
  if (match === 'any' && within !== null) throw needsAll('within_seconds');
  if (match === 'any' && since !== null) throw needsAll('since');
  if (within !== null && since !== null) {
    throw wrong('config.since', 'must not be given beside within_seconds: a trigger has one');
  }
  if (since !== null) checkCron('config.since.', since);
}

function needsAll(field: string): InputError {
  return wrong(`config.${field}`, 'has a meaning with match: all only');
}

/** Refs in full, each once, in their order. */
function parseRefs(pipeline: PipelineRef, field: string, given: readonly string[]): string[] {
  const refs = given.map((text, index) => {
    const ref = parseRef(text, pipeline.namespace);
    if (ref !== undefined) return formatRef(ref);
    const message = `must be layer.name or namespace.layer.name, such as silver.orders, not ${text}`;
    throw wrong(`config.${field}.${index}`, message);
  });
  return [...new Set(refs)];
}

function checkGlob(pattern: string): void {
  const problem = checkPattern(pattern);
  if (problem !== undefined) throw wrong('config.pattern', problem);
}

function checkCron(within: string, { cron, timezone }: CronTime): void {
  try {
    openRhythm({ rhythm: { kind: 'cron', cron }, timezone });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw below(within, error);
  }
}

/** Parses the config of a kind; the issues name their fields from the body on. */
function parseWithin<S extends Parameters<typeof parseInput>[0]>(
  schema: S,
  given: Record<string, unknown>,
): ReturnType<typeof parseInput<S>> {
  try {
    return parseInput(schema, given);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw below('config.', error);
  }
}

function below(within: string, error: InputError): InputError {
  const issues = error.issues.map((issue) => ({
    ...issue,
    path: `${within}${issue.path}`.replace(/\.$/, ''),
  }));
  const [first] = issues;
  const message = first === undefined ? error.message : `${first.path}: ${first.message}`;
  return new InputError(message, issues, { cause: error });
}

function wrong(path: string, message: string): InputError {
  return new InputError(`${path}: ${message}`, [{ path, message }]);
}
