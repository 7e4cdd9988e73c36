import type { ServerResponse } from 'node:http';
import { archivedLogRequest, peekArchivedRow, type ArchivedLogRequest } from '@rat/contracts';
import { prependFirst } from '@rat/runtime';
import type { LogArchive } from '@rat/storage';
import { sendPieces } from './send-pieces.ts';

/**
 * Answers rows of an archived log at the reader's pace. Throws for a wrong request or file before the first piece is
 * sent; a later error breaks the connection.
 */
export async function readArchivedLog(
  logs: Pick<LogArchive, 'read'>,
  body: unknown,
  res: ServerResponse,
): Promise<void> {
  const texts = wanted(logs, archivedLogRequest.parse(body));
  const first = await texts.next();
  await sendPieces(res, { 'content-type': 'application/x-ndjson' }, prependFirst(first, texts));
}

type Texts = AsyncGenerator<string, void>;

/** Yields the requested rows as lines: one text for each batch of the file with such rows. */
async function* wanted(
  logs: Pick<LogArchive, 'read'>,
  { path, afterSeq, kind }: ArchivedLogRequest,
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
