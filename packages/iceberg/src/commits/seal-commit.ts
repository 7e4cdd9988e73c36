import type { TableMetadata } from '../format/types.ts';

/**
 * The default number of old metadata files to keep; the table property also applies to other
 * writers.
 */
export const PREVIOUS_VERSIONS = 20;

/**
 * Completes a commit: logs the replaced metadata file and trims that log. `dropped` are the files
 * that left the log; they may be deleted once the commit is durable.
 */
export function sealCommit(options: {
  next: TableMetadata;
  previous: TableMetadata;
  /** The file that `previous` was read from. */
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

/**
 * The time of a commit. It always increases, because clocks may run backwards and readers refuse
 * that.
 */
export function tick(metadata: TableMetadata, nowMs: number): number {
  return Math.max(nowMs, metadata['last-updated-ms'] + 1);
}
