import type { TableMetadata } from './types.ts';

/** Old metadata files to keep, where a table does not say; foreign writers are told by the same property. */
export const PREVIOUS_VERSIONS = 20;

/**
 * Ends a commit: notes the replaced metadata file and trims the notes. `dropped` are the files that are noted no more;
 * they may be deleted once the commit is durable.
 */
export function sealCommit(options: {
  next: TableMetadata;
  previous: TableMetadata;
  /** Where `previous` was read from. */
  previousFile: string;
  nowMs: number;
}): { metadata: TableMetadata; dropped: string[] } {
  const { next, previous, previousFile, nowMs } = options;
  const setting = Number(next.properties['write.metadata.previous-versions-max']);
  const max = Number.isSafeInteger(setting) && setting > 0 ? setting : PREVIOUS_VERSIONS;
  const log = [
    ...previous['metadata-log'],
    { 'timestamp-ms': previous['last-updated-ms'], 'metadata-file': previousFile },
  ];
  const kept = log.slice(-max);
  return {
    metadata: {
      ...next,
      'last-updated-ms': Math.max(next['last-updated-ms'], tick(previous, nowMs)),
      'metadata-log': kept,
    },
    dropped: log.slice(0, log.length - kept.length).map((entry) => entry['metadata-file']),
  };
}

/** The time of a commit. Readers refuse a table whose time runs backwards, as clocks do. */
export function tick(metadata: TableMetadata, nowMs: number): number {
  return Math.max(nowMs, metadata['last-updated-ms'] + 1);
}
