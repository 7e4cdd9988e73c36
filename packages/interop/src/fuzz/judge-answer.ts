import type { AnswerCheck } from '@rat/testing';
import { findLeaks, type Forbidden } from './find-leaks.ts';
import type { ApiDocument } from './openapi-document.ts';

/** An answer as a client got it. */
export interface FuzzedAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: Buffer;
}

/**
 * Refusals of the head of a request, before an operation is known: an `Accept` that rules out every answer, a body that
 * arrives too slowly, a foreign `Host`, and headers that are too large. The document has them as `default`.
 */
const OF_EVERY_REQUEST: ReadonlySet<number> = new Set([406, 408, 421, 431]);

/** What a request is refused with that reaches no operation. */
const OF_NO_OPERATION: ReadonlySet<number> = new Set([400, 401, 404, 405]);

/** What is wrong with an answer; nothing when it is as the document says and holds no secret. */
export function judgeAnswer(
  { method, target, answer }: { method: string; target: string; answer: FuzzedAnswer },
  {
    document,
    check,
    forbidden,
  }: { document: ApiDocument; check: AnswerCheck; forbidden: Forbidden },
): string[] {
  const { status, body, headers } = answer;
  const operation = document.find(method, target);
  const faults: string[] = [];
  // The runner lives and Postgres answers for as long as requests are sent, so nothing explains a 503. Only the readiness
  // may report one: it counts a part as down whose check takes 2 s, as it may on a loaded machine.
  const reports = status === 503 && operation?.operationId === 'getReadiness';
  if (status >= 500 && !reports) faults.push(`a ${status}`);
  const isDeclared =
    OF_EVERY_REQUEST.has(status) ||
    (operation === undefined
      ? OF_NO_OPERATION.has(status) || (method === 'OPTIONS' && status === 204)
      : String(status) in operation.responses);
  if (!isDeclared) faults.push(`the status ${status} is not in the document`);
  if (operation !== undefined) {
    const { path: template } = operation;
    const type = headers['content-type'] ?? '';
    const fault = check.faultOf({ method, url: target, template, status, type, body });
    if (fault !== undefined) faults.push(fault);
  }
  const text = `${JSON.stringify(headers)}\n${body.toString('utf8')}`;
  const { operationId = '' } = operation ?? {};
  return [...faults, ...findLeaks({ operationId, status, text }, forbidden)];
}
