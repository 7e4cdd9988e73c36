import { ARCHIVED_LOG_METHOD, archivedRow, type ArchivedLogQuestion } from '@rat/contracts';
import { UnavailableError } from '@rat/domain';
import { splitLines } from '@rat/runtime';
import type { RunEvent } from '@rat/store';
import { stream } from './stream.ts';
import type { RunnerDeps } from './with-runner.ts';

/**
 * Reads the rows of an archived stream from a live runner, some at a time, no faster than they are taken. Throws as
 * `withRunner` does, and UnavailableError when the runner breaks off: the reader may then ask for the rows that follow.
 */
export async function* readArchive(
  deps: RunnerDeps,
  question: ArchivedLogQuestion,
): AsyncGenerator<RunEvent[], void> {
  const leaving = new AbortController();
  try {
    const call = { signal: leaving.signal, purpose: 'read this log' };
    const { body } = await stream(deps, ARCHIVED_LOG_METHOD, question, call);
    try {
      for await (const lines of splitLines(body)) yield lines.map(parseRow);
    } catch (error) {
      throw new UnavailableError('the log broke off; ask for the rest of it', { cause: error });
    }
  } finally {
    // Ends the answer also when the reader leaves in the middle.
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
