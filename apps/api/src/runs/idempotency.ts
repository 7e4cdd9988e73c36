import { createHash } from 'node:crypto';
import type { RunRequest } from '@rat/store';
import type { Request } from 'express';
import { parseIdempotencyKey } from './parse-idempotency-key.ts';

/** How long an idempotency key is kept. */
export interface IdempotencyDeps {
  idempotencyMs: number;
}

/**
 * The idempotency of a request that creates one run: its `Idempotency-Key` and the fields that a
 * second request must repeat. Undefined without the header. Throws InputError for an invalid key.
 *
 * @example
 * const idempotency = idempotencyOf(req, deps, { operation: 'rerun', run_id: id });
 * await createRun(deps.db, { ...request, idempotency });
 */
export function idempotencyOf(
  req: Pick<Request, 'get'>,
  { idempotencyMs }: IdempotencyDeps,
  request: Readonly<Record<string, unknown>>,
): RunRequest['idempotency'] {
  const key = parseIdempotencyKey(req.get('Idempotency-Key'));
  return key === undefined ? undefined : { key, request, keepMs: idempotencyMs };
}

/**
 * The same for one of several runs of a request, which `part` names. Each run has a key of its own:
 * a request that broke half-way and is sent again creates the runs that are missing.
 */
export function idempotencyOfPart(
  idempotency: RunRequest['idempotency'],
  part: string,
): RunRequest['idempotency'] {
  if (idempotency === undefined) return undefined;
  const digest = createHash('sha256').update(`${idempotency.key}\n${part}`).digest('hex');
  return { ...idempotency, key: `part:${digest}` };
}
