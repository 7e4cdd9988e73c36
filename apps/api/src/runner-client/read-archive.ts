import { ARCHIVED_LOG_METHOD, archivedRow, type ArchivedLogRequest } from '@rat/contracts';
import { UnavailableError } from '@rat/domain';
import { splitLines } from '@rat/runtime';
import type { RunEvent } from '@rat/store';
import { stream } from './stream.ts';
import type { RunnerDeps } from './with-runner.ts';

/**
 * Reads the rows of an archived stream from a live runner, in pages, at the reader's pace. Throws
 * like `withRunner`, and UnavailableError when the runner disconnects: the reader may then read the
 * rest from another runner.
 */
export async function* readArchive(
  deps: RunnerDeps,
  request: ArchivedLogRequest,
): AsyncGenerator<RunEvent[], void> {
  const leaving = new AbortController();
  try {
    const call = { signal: leaving.signal, purpose: 'read this log' };
    const { body } = await stream(deps, ARCHIVED_LOG_METHOD, request, call);
    try {
      for await (const lines of splitLines(body)) yield lines.map(parseRow);
    } catch (error) {
      throw new UnavailableError('the log broke off; ask for the rest of it', { cause: error });
    }
  } finally {
    // Also ends the response when the reader stops early.
    leaving.abort();
  }
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
