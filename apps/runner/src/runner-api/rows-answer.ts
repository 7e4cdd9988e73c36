import type { ServerResponse } from 'node:http';
import type { RowsText } from '../query/open-rows.ts';
import { sendPieces } from './send-pieces.ts';

interface Parts {
  before: string;
  middle: RowsText;
  after: string;
  /** The media type; JSON where it is absent. */
  type?: string;
  /** Headers for the API. */
  headers?: Record<string, string | number>;
}

/**
 * An answer with rows that is already text, or a file of another format; most of it is in a file. It is sent in
 * pieces, because one large write would block the runner's thread.
 */
export class RowsAnswer {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Sends the text, and closes its file in every case. Rejects when a read fails or the reader disconnects. */
  async send(res: ServerResponse): Promise<void> {
    const { before, middle, after, type = 'application/json', headers: more } = this.#parts;
    const bytes = Buffer.byteLength(before) + middle.bytes + Buffer.byteLength(after);
    const headers = { ...more, 'content-type': type, 'content-length': bytes };
    try {
      await sendPieces(res, headers, pieces(this.#parts));
    } finally {
      await middle.close();
    }
  }
}

async function* pieces({ before, middle, after }: Parts): AsyncGenerator<string | Uint8Array> {
  yield before;
  yield* middle.read();
  yield after;
}
