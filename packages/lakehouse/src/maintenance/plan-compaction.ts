import type { LiveFile } from '../iceberg/data-file.ts';
import { groupBy } from '../iceberg/group-by.ts';

/** Files of one partition that become fewer, larger ones with the same rows. */
export interface CompactionGroup {
  specId: number;
  partition: LiveFile['partition'];
  files: LiveFile[];
  bytes: number;
}

/** A file below this part of the target counts as small. */
const SMALL_PART = 0.75;

/** So few small files are not worth to be written again, unless they fill one of the target's size. */
const FEWEST_FILES = 5;

/**
 * Packs small data files of each partition into groups of about the target's size, oldest rows first, so that files
 * which were written together stay together. Files of an older partitioning are left: they cannot be joined without
 * being partitioned anew. A table with delete files is left alone whole, since rewriting a file would have to apply
 * them.
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
