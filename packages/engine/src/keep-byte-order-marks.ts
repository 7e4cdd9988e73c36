import accessors from '@duckdb/node-api/lib/vectors/dataAccessors.js';

/**
 * Has the client for Node read texts as they are. By itself it drops U+FEFF at the beginning of a text: a value, a
 * watermark or a column's least value would become another one. The client offers no setting for this.
 */
export function keepByteOrderMarks(): void {
  Object.assign(accessors, { textDecoder: EXACT });
}

const EXACT = new TextDecoder('utf-8', { ignoreBOM: true });
