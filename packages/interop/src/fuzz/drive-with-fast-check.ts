import fc from 'fast-check';
import { AnswerCheck } from '@rat/testing';
import { coerceError } from '@rat/runtime';
import type { Driven } from './driven.ts';
import { FaultList } from './fault-list.ts';
import { judgeAnswer } from './judge-answer.ts';
import type { Caller, FuzzedApi } from './open-fuzzed-api.ts';
import { readDocument } from './openapi-document.ts';
import { requestsOf } from './request-of-operation.ts';
import { FuzzedSender } from './send-request.ts';
import { ValuesOfSchema } from './values-of-schema.ts';

const CONNECTIONS = 8;
/** Things that were deleted are made again after so many rounds over all operations. */
const RESTORE_EVERY = 10;

/**
 * Sends at least `least` requests that fast-check makes from the document that the API serves: each round one of every
 * operation. Returns how many were answered, and what is wrong with the answers.
 */
export async function driveWithFastCheck(
  api: FuzzedApi,
  { least, seed }: { least: number; seed: number },
): Promise<Driven> {
  const [admin] = api.callers;
  const document = await readDocument(api.url, admin?.token ?? '');
  const values = new ValuesOfSchema(document, api.known);
  const rounds = Math.ceil(least / document.operations.length);
  const requests = document.operations.map((operation, n) =>
    fc.sample(requestsOf(operation, values), { numRuns: rounds, seed: seed + n }),
  );
  const sender = new FuzzedSender(api.url, CONNECTIONS);
  const check = new AnswerCheck();
  const faults = new FaultList();
  const byStatus = new Map<number, number>();
  let answered = 0;

  const drive = async (round: number, n: number): Promise<void> => {
    const request = requests[n]?.[round];
    if (request === undefined) throw new Error(`no request ${round} of operation ${n}`);
    const caller = callerOf(api.callers, round, n);
    const { operation, target, headers, body } = request;
    const what = `${operation.method} ${target.slice(0, 300)} by ${caller.name}, ${JSON.stringify(headers)} ${body?.toString().slice(0, 600) ?? ''}`;
    try {
      const answer = await sender.send(request, caller.token);
      answered += 1;
      byStatus.set(answer.status, (byStatus.get(answer.status) ?? 0) + 1);
      const forbidden = { ...api.forbidden, hidden: caller.hidden };
      for (const fault of judgeAnswer(
        { method: operation.method, target, answer },
        { document, check, forbidden },
      ))
        faults.add(
          operation.operationId,
          fault,
          `${what}\n     ${answer.body.toString().slice(0, 600)}`,
        );
    } catch (error) {
      faults.add(operation.operationId, coerceError(error).message, what);
    }
  };

  try {
    for (let round = 0; round < rounds; round += 1) {
      if (round % RESTORE_EVERY === RESTORE_EVERY - 1) await api.restore();
      let next = 0;
      const work = async (): Promise<void> => {
        while (next < requests.length) {
          const n = next;
          next += 1;
          await drive(round, n);
        }
      };
      await Promise.all(Array.from({ length: CONNECTIONS }, work));
    }
  } finally {
    sender.close();
  }
  return { answered, byStatus, faults };
}

/** The admin asks in half of the rounds, each of the others in turn. */
function callerOf(callers: readonly Caller[], round: number, n: number): Caller {
  const at = round % 2 === 0 ? 0 : (Math.floor(round / 2) + n) % callers.length;
  const caller = callers[at];
  if (caller === undefined) throw new Error('there is no caller');
  return caller;
}
