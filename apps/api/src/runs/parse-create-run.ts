import type { CreateRunBody } from '@rat/contracts';
import {
  findHiddenInLine,
  hasVisibleText,
  InputError,
  isLayer,
  isSlug,
  type RunOverrides,
  type Trigger,
} from '@rat/domain';
import type { RunRequest } from '@rat/store';

const TRIGGER_MAX_LENGTH = 100;

/**
 * Parses the body of POST /runs. Throws InputError; the contract fixes the messages and the order
 * of the checks.
 */
export function parseCreateRun(parsed: CreateRunBody): RunRequest {
  const { namespace, layer, pipeline, trigger } = parsed;
  if (!namespace || !layer || !pipeline) {
    throw new InputError('namespace, layer, and pipeline are required');
  }
  if (!isSlug(namespace) || !isSlug(pipeline)) {
    throw new InputError(
      'namespace and pipeline must be a lowercase slug (a-z, 0-9, hyphens, underscores; must start with a letter)',
    );
  }
  if (!isLayer(layer)) throw new InputError('layer must be bronze, silver, or gold');
  return {
    pipeline: { namespace, layer, name: pipeline },
    trigger: parseTrigger(trigger),
    fullRefresh: parsed.full_refresh ?? false,
    priority: parsed.priority ?? 0,
    expiresInSeconds: parsed.expires_in_seconds ?? undefined,
    ...(parsed.params ? { params: parsed.params } : {}),
    overrides: overridesOf(parsed),
  };
}

function overridesOf(body: CreateRunBody): RunOverrides {
  const { max_retries, retry_delay_seconds, timeout_seconds } = body;
  return {
    ...(typeof max_retries === 'number' ? { max_retries } : {}),
    ...(typeof retry_delay_seconds === 'number' ? { retry_delay_seconds } : {}),
    ...(typeof timeout_seconds === 'number' ? { timeout_seconds } : {}),
  };
}

/** The client's text is a label: it never selects the semantics of another kind. */
function parseTrigger(label: string | null | undefined): Trigger {
  if (!label) return { kind: 'manual' };
  const isShort = [...label].length <= TRIGGER_MAX_LENGTH;
  if (!isShort || !hasVisibleText(label) || findHiddenInLine(label) !== undefined) {
    throw new InputError(`trigger must be at most ${TRIGGER_MAX_LENGTH} printable characters`);
  }
  return { kind: 'api', label };
}
