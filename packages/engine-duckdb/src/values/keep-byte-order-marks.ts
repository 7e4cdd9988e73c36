import accessors from '@duckdb/node-api/lib/vectors/dataAccessors.js';

/**
 * Makes DuckDB's Node client keep U+FEFF at the beginning of a text. By default the client drops
 * it, which would change a value, a watermark or a column's minimum. The client has no setting for
 * this.
 */
export function keepByteOrderMarks(): void {
  Object.assign(accessors, { textDecoder: EXACT });
}

const EXACT = new TextDecoder('utf-8', { ignoreBOM: true });
