import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { archivedLogQuestion, peekArchivedRow, type ArchivedLogQuestion } from '@rat/contracts';
import type { LogArchive } from '@rat/storage';

/** A reader that takes nothing for this long has gone, whatever its connection says. */
const IDLE_TIMEOUT_MS = 300_000;

/**
 * Answers rows of an archived log as they are read, no faster than they are taken. Throws, as long as nothing was sent,
 * what is wrong with the question or the file; later an answer that breaks off says so by itself.
 */
export async function readArchivedLog(
  logs: LogArchive,
  body: unknown,
  res: ServerResponse,
): Promise<void> {
  const texts = wanted(logs, archivedLogQuestion.parse(body));
  const first = await texts.next();
  res.setTimeout(IDLE_TIMEOUT_MS, () => res.destroy());
  res.writeHead(200, { 'content-type': 'application/x-ndjson' });
  await pipeline(Readable.from(withFirst(first, texts)), res);
}

type Texts = AsyncGenerator<string, void>;

/** Their lines, as many at once as a piece of the file has. */
async function* wanted(logs: LogArchive, { path, afterSeq, kind }: ArchivedLogQuestion): Texts {
  for await (const lines of logs.read(path)) {
    const rows = lines.filter((line) => {
      const row = peekArchivedRow(line);
      if (row === undefined) throw new Error('an archived log has a line that is no row');
      return row.seq > afterSeq && (kind === undefined || row.kind === kind);
    });
    if (rows.length > 0) yield `${rows.join('\n')}\n`;
  }
}

async function* withFirst(first: IteratorResult<string, void>, rest: Texts): Texts {
  if (first.done) return;
  yield first.value;
  yield* rest;
}
