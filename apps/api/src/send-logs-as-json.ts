import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Run } from '@rat/domain';
import { readEvents, type Database, type RunEvent } from '@rat/store';
import type { Response } from 'express';
import { presentLogLine } from './present-log-line.ts';

const PAGE_ROWS = 5_000;

/**
 * Answers `{"logs": […], "status": …}` with every line up to where the run's stream stood when `run` was read. That
 * end is fixed beforehand, so a run that says `success` here has all of its lines, and one that keeps writing cannot
 * keep us reading. Written page by page: a long log is never held whole.
 */
export async function sendLogsAsJson(db: Database, run: Run, res: Response): Promise<void> {
  const pages = readLogPages(db, run);
  // The first page is read before the answer begins: until then, an error still gets its own answer.
  const first = await pages.next();
  res.type('json');
  try {
    await pipeline(Readable.from(writeJson(first, pages, run)), res);
  } catch (error) {
    // A client that left in the middle is no fault of ours.
    if (!isPrematureClose(error)) throw error;
  }
}

async function* readLogPages(db: Database, run: Run): AsyncGenerator<RunEvent[], void> {
  let afterSeq = 0;
  for (;;) {
    const page = await readEvents(db, { runId: run.id, afterSeq, limit: PAGE_ROWS, kind: 'log' });
    yield page.filter((row) => row.seq <= run.lastSeq);
    afterSeq = page.at(-1)?.seq ?? run.lastSeq;
    if (page.length < PAGE_ROWS || afterSeq >= run.lastSeq) return;
  }
}

async function* writeJson(
  first: IteratorResult<RunEvent[], void>,
  rest: AsyncGenerator<RunEvent[], void>,
  run: Run,
): AsyncGenerator<string> {
  let separator = '';
  const write = (page: RunEvent[]): string => {
    const lines = page.map((row) => JSON.stringify(presentLogLine(row)));
    const text = lines.length > 0 ? separator + lines.join(',') : '';
    if (lines.length > 0) separator = ',';
    return text;
  };
  yield '{"logs":[';
  if (!first.done) yield write(first.value);
  for await (const page of rest) yield write(page);
  yield `],"status":${JSON.stringify(run.status)}}`;
}

function isPrematureClose(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}
