import type { LiveFile } from '../format/data-file.ts';
import { groupBy } from '@rat/runtime';

/** Files of one partition to be rewritten as fewer, larger ones with the same rows. */
export interface CompactionGroup {
  specId: number;
  partition: LiveFile['partition'];
  files: LiveFile[];
  bytes: number;
}

/** A file below this share of the target size counts as small. */
const SMALL_PART = 0.75;

/** Fewer small files are not rewritten, unless they fill one file of the target size. */
const FEWEST_FILES = 5;

/**
 * Groups the small data files of each partition into groups of about the target size. The oldest
 * rows are first, so files written together stay together. It leaves out files of an older spec,
 * which would have to be repartitioned, and whole tables with delete files, which a rewrite would
 * have to apply.
 */
export function planCompaction(
  live: readonly LiveFile[],
  options: { targetBytes: number; specId: number },
): CompactionGroup[] {
  if (live.some((file) => file.content !== 'data')) return [];
  const small = live.filter(
    (file) => file.specId === options.specId && file.fileSize < options.targetBytes * SMALL_PART,
  );
  const partitions = groupBy(small, (file) => JSON.stringify(file.partition));
  return [...partitions.values()].flatMap((files) => pack(files, options));
}

function pack(
  files: readonly LiveFile[],
  { targetBytes, specId }: { targetBytes: number; specId: number },
): CompactionGroup[] {
  const groups: CompactionGroup[] = [];
  let open: CompactionGroup | undefined;
  for (const file of files.toSorted((a, b) => a.sequenceNumber - b.sequenceNumber)) {
    if (open === undefined || open.bytes + file.fileSize > targetBytes) {
      open = { specId, partition: file.partition, files: [], bytes: 0 };
      groups.push(open);
    }
    open.files.push(file);
    open.bytes += file.fileSize;
  }
  return groups.filter(
    (group) =>
      group.files.length >= FEWEST_FILES ||
      (group.files.length > 1 && group.bytes >= targetBytes * SMALL_PART),
  );
}
