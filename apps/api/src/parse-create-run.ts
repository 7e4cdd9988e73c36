import { createRunBody } from '@rat/contracts';
import { InputError, isLayer, isSlug, type PipelineRef } from '@rat/domain';
import { parseInput } from './http/parse-input.ts';

const TRIGGER_MAX_LENGTH = 100;

/** No control, format, private or unassigned characters: a trigger is shown in lists and written to logs. */
const PRINTABLE = /^[^\p{C}\p{Zl}\p{Zp}]*$/u;

const DEFAULT_TRIGGER = 'manual';

/**
 * Reads the body of POST /runs. Throws InputError; clients know these messages, and the order in which they are tried,
 * from the contract.
 */
export function parseCreateRun(body: unknown): {
  pipeline: PipelineRef;
  trigger: string;
  fullRefresh: boolean;
} {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new InputError('invalid request body');
  }
  const {
    namespace,
    layer,
    pipeline,
    trigger,
    full_refresh: fullRefresh,
  } = parseInput(createRunBody, body);
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
    fullRefresh: fullRefresh ?? false,
  };
}

function parseTrigger(trigger: string | null | undefined): string {
  if (!trigger) return DEFAULT_TRIGGER;
  if ([...trigger].length > TRIGGER_MAX_LENGTH || !PRINTABLE.test(trigger)) {
    throw new InputError(`trigger must be at most ${TRIGGER_MAX_LENGTH} printable characters`);
  }
  return trigger;
}
