import type { ServerResponse } from 'node:http';
import type { RowsText } from '../query/open-rows.ts';
import { sendPieces } from './send-pieces.ts';

interface Parts {
  before: string;
  middle: RowsText;
  after: string;
}

/**
 * An answer in JSON that is already text; most of it is in a file. It is sent in pieces, because one large write would
 * block the runner's thread.
 */
export class JsonText {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Sends the text, and closes its file in every case. Rejects when a read fails or the reader disconnects. */
  async send(res: ServerResponse): Promise<void> {
    const { before, middle, after } = this.#parts;
    const bytes = Buffer.byteLength(before) + middle.bytes + Buffer.byteLength(after);
    const headers = { 'content-type': 'application/json', 'content-length': bytes };
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
