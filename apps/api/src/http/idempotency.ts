import { createHash } from 'node:crypto';
import { ConflictError, NotFoundError } from '@rat/domain';
import type { RunRequest } from '@rat/store';
import type { Response } from 'express';
import { findCaller } from './caller.ts';
import type { SentRequest } from './requested-by.ts';
import { parseIdempotencyKey } from './parse-idempotency-key.ts';

/** How long an idempotency key is kept. */
export interface IdempotencyDeps {
  idempotencyMs: number;
}

/**
 * The idempotency of a request that makes one thing: its `Idempotency-Key` and the fields that a
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
 * What an earlier request made, as it is now; the answer says that it is replayed. Throws ConflictError when it is gone. A
 * first request is read in the same way.
 *
 * @example
 * const { made, isReplayed } = await createView(db, user, body, idempotency);
 * res.status(201).json(present(await showMade(res, isReplayed, getView(db, user, made.id))));
 */
export async function showMade<T>(
  res: Response,
  isReplayed: boolean,
  reading: Promise<T>,
): Promise<T> {
  if (!isReplayed) return reading;
  res.set('Idempotent-Replayed', 'true');
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    const message =
      'what the first request with this Idempotency-Key made is gone: send the request under a new key to make another';
    throw new ConflictError(message, { cause: error });
  }
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
