import accessors from '@duckdb/node-api/lib/vectors/dataAccessors.js';

/**
 * Configures the Node client to keep U+FEFF at the beginning of a text. It drops the character by
 * default, which would change a value, a watermark or a column's least value. The client has no
 * setting for this.
 */
export function keepByteOrderMarks(): void {
  Object.assign(accessors, { textDecoder: EXACT });
}

const EXACT = new TextDecoder('utf-8', { ignoreBOM: true });
