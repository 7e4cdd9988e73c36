import { OPERATIONS, type Operation, type OperationId } from '@rat/contracts';
import { coerceError } from '@rat/runtime';
import { recordAuditEntry, type AuditFacts } from '@rat/store';
import type { Request, RequestHandler, Response } from 'express';
import { toErrorAnswer } from '../http/error-envelope.ts';
import { findCaller } from '../http/caller.ts';
import { findChanged, type ChangedObjects } from '../http/changed-objects.ts';
import { requestIdOf } from '../http/request-id.ts';
import { authorOf } from '../http/requested-by.ts';
import type { AuditDeps } from './audit-deps.ts';
import { auditedResource, resourceOf } from './audited-resource.ts';

/** An answer waits this long for its entry; the entry is still written after that. */
const PATIENCE_MS = 2_000;

/** The client left before the answer, so whether the change was made is not known here. */
const CLIENT_LEFT = 499;

/** Whether an operation could change something. */
function isAudited({ method, changesNothing }: Operation): boolean {
  return method !== 'get' && changesNothing !== true;
}

/**
 * Wraps the handler of an operation that could change something: the answer is sent once the audit
 * log has an entry with its outcome, so no client sees a change that is not recorded. A refused
 * request is recorded too. The handler of any other operation stays as it is.
 *
 * The answer waits for one insert, and not for ever: without a database the entry goes to the log of
 * the process. An API that is killed between the change and the insert leaves no entry.
 */
export function auditOperation(
  deps: AuditDeps,
): (id: OperationId, handler: RequestHandler) => RequestHandler {
  return (id, handler) => {
    const operation: Operation = OPERATIONS[id];
    if (!isAudited(operation)) return handler;
    return async (req, res, next) => {
      // The router takes the parameters back before the answer of a refusal is made.
      const params = { ...req.params };
      const record = onceFor(async (status: number) => {
        // Strangers could fill the log: who has not signed in did nothing here. So could a principal over a limit.
        const caller = findCaller(req);
        const isStranger = operation.access === 'anyone' && caller === undefined;
        if (status === 401 || status === 429 || isStranger) return;
        const { path } = operation;
        const location = res.get('Location');
        const resource = auditedResource(path, params, location);
        await recordEntry(deps, {
          who: authorOf(req),
          ...(caller?.credential ?? NO_CREDENTIAL),
          action: id,
          resource,
          objects: findChanged(req) ?? madeBeside(resource, location),
          status,
          requestId: requestIdOf(res),
          ip: req.ip,
        });
      });
      holdAnswer(res, () => record(res.statusCode));
      try {
        await handler(req, res, next);
      } catch (error) {
        // No answer will be sent, so no end of one records the outcome.
        if (isGone(req, res)) await record(statusFor(error));
        throw error;
      }
      if (isGone(req, res)) await record(CLIENT_LEFT);
    };
  };
}

const NO_CREDENTIAL = { tokenId: undefined, sessionId: undefined };

/** What the request has made, when its address is about something else: the new run of a rerun. */
function madeBeside(resource: string, location: string | undefined): ChangedObjects | undefined {
  const made = resourceOf(location);
  return made === undefined || made === resource ? undefined : { total: 1, resources: [made] };
}

/** Express sends no answer to a client that has left. */
function isGone(req: Request, res: Response): boolean {
  return res.destroyed || req.socket.destroyed;
}

/** An error of the request itself says what became of it, also to a client that has left. */
function statusFor(error: unknown): number {
  const { status } = toErrorAnswer(error);
  return status < 500 && status !== 400 ? status : CLIENT_LEFT;
}

/** Calls `record` at the first of several occasions; the others wait for it. */
function onceFor(record: (status: number) => Promise<void>): (status: number) => Promise<void> {
  let recorded: Promise<void> | undefined;
  return (status) => (recorded ??= record(status));
}

/**
 * Sends the answer after `before`. Its headers count as sent from the first call on, as they do
 * without the wait: a later error cannot begin a second answer.
 */
function holdAnswer(res: Response, before: () => Promise<void>): void {
  const end = res.end.bind(res) as (...args: unknown[]) => Response;
  const held = (...args: unknown[]): Response => {
    if (!res.headersSent) res.writeHead(res.statusCode);
    void before().finally(() => end(...args));
    return res;
  };
  res.end = held as Response['end'];
}

async function recordEntry({ db, log }: AuditDeps, facts: AuditFacts): Promise<void> {
  const written = recordAuditEntry(db, facts).catch((error: unknown) => {
    log.error({ ...facts, err: coerceError(error) }, 'audit entry not stored');
  });
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS);
  });
  await Promise.race([written, patience]);
  clearTimeout(timer);
}
