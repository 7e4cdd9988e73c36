import type { FileFormat } from '@rat/engine-duckdb';

const ENDING = /\.(csv|tsv|txt|json|jsonl|ndjson|parquet)(\.gz|\.zst)?$/i;

/** How a file of this name is read; undefined for a name without a known ending. */
export function fileFormat(name: string): FileFormat | undefined {
  const [, ending, compressed] = ENDING.exec(name.toLowerCase()) ?? [];
  switch (ending) {
    case 'csv':
    case 'tsv':
    case 'txt':
      return 'csv';
    case 'json':
    case 'jsonl':
    case 'ndjson':
      return 'json';
    case 'parquet':
      // Parquet compresses its own pages, and no reader unpacks the file around it.
      return compressed === undefined ? 'parquet' : undefined;
    default:
      return undefined;
  }
}
