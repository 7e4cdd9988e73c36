import type { ServerResponse } from 'node:http';
import { archivedLogQuestion, peekArchivedRow, type ArchivedLogQuestion } from '@rat/contracts';
import { prependFirst } from '@rat/runtime';
import type { LogArchive } from '@rat/storage';
import { sendPieces } from './send-pieces.ts';

/**
 * Answers rows of an archived log as they are read, no faster than they are taken. Throws, as long as nothing was sent,
 * what is wrong with the question or the file; later an answer that breaks off says so by itself.
 */
export async function readArchivedLog(
  logs: Pick<LogArchive, 'read'>,
  body: unknown,
  res: ServerResponse,
): Promise<void> {
  const texts = wanted(logs, archivedLogQuestion.parse(body));
  const first = await texts.next();
  await sendPieces(res, { 'content-type': 'application/x-ndjson' }, prependFirst(first, texts));
}

type Texts = AsyncGenerator<string, void>;

/** Their lines, as many at once as a piece of the file has. */
async function* wanted(
  logs: Pick<LogArchive, 'read'>,
  { path, afterSeq, kind }: ArchivedLogQuestion,
): Texts {
  for await (const lines of logs.read(path)) {
    const rows = lines.filter((line) => {
      const row = peekArchivedRow(line);
      if (row === undefined) throw new Error('an archived log has a line that is no row');
      return row.seq > afterSeq && (kind === undefined || row.kind === kind);
    });
    if (rows.length > 0) yield `${rows.join('\n')}\n`;
  }
}
