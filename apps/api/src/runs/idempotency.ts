import { createHash } from 'node:crypto';
import type { RunRequest } from '@rat/store';
import { findCaller } from '../http/caller.ts';
import type { SentRequest } from '../http/requested-by.ts';
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
  req: SentRequest,
  { idempotencyMs }: IdempotencyDeps,
  request: Readonly<Record<string, unknown>>,
): RunRequest['idempotency'] {
  const key = parseIdempotencyKey(req.get('Idempotency-Key'));
  if (key === undefined) return undefined;
  const principal = findCaller(req)?.principal;
  // Two principals that choose the same key do not meet.
  const own = principal === undefined ? key : `of:${digest(principal.name, key)}`;
  return { key: own, request, keepMs: idempotencyMs };
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
  return { ...idempotency, key: `part:${digest(idempotency.key, part)}` };
}

function digest(...parts: [string, string]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex');
}
