import {
  ARCHIVED_LOG_VERB,
  archivedRow,
  doorError,
  fromDoorError,
  type ArchivedLogQuestion,
} from '@rat/contracts';
import { UnavailableError } from '@rat/domain';
import { splitLines } from '@rat/runtime';
import { listDoors, type RunEvent, type RunnerDoor } from '@rat/store';
import type { LogSource } from './log-deps.ts';

/**
 * The rows of an archived stream, some at a time, from a live runner, which reads no faster than they are taken. Throws
 * UnavailableError when there is none to ask, or when it stops in the middle: then whoever reads has a beginning, and
 * may ask for what follows.
 */
export async function* readArchive(
  deps: LogSource,
  question: ArchivedLogQuestion,
): AsyncGenerator<RunEvent[], void> {
  const leaving = new AbortController();
  try {
    const body = await openAnswer(deps, question, leaving.signal);
    try {
      for await (const lines of splitLines(body)) yield lines.map(parseRow);
    } catch (error) {
      throw new UnavailableError('the log broke off; ask for the rest of it', { cause: error });
    }
  } finally {
    // However the reader leaves, the runner hears of it.
    leaving.abort();
  }
}

async function openAnswer(
  { db, log }: LogSource,
  question: ArchivedLogQuestion,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  for (const door of await listDoors(db)) {
    let response: Response;
    try {
      response = await ask(door, question, signal);
    } catch (err) {
      log.warn({ err, door: door.url }, 'runner could not be asked');
      continue;
    }
    if (response.ok && response.body !== null) return response.body;
    // A runner that was restarted has another key, and will have announced it in a moment.
    if (response.status === 401) {
      await response.arrayBuffer();
      continue;
    }
    throw fromDoorError(doorError.parse(await response.json()));
  }
  throw new UnavailableError('no runner is live that could read this log; try again later');
}

function ask(
  door: RunnerDoor,
  question: ArchivedLogQuestion,
  signal: AbortSignal,
): Promise<Response> {
  return fetch(`${door.url}/${ARCHIVED_LOG_VERB}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${door.key}` },
    body: JSON.stringify(question),
    signal,
  });
}

function parseRow(text: string): RunEvent {
  const { at, ...row } = archivedRow.parse(JSON.parse(text));
  return {
    ...row,
    at: new Date(at),
    level: row.level,
    phase: row.phase,
    message: row.message,
    payload: row.payload,
  };
}
