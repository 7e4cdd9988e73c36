/** What a pull compares. Hashes are of the bytes of a file, paths relative to the folder. */
export interface PullFacts {
  /** The files of the published pipelines. */
  wanted: ReadonlyMap<string, string>;
  /** What earlier pulls wrote, as far as this pull is about it. */
  recorded: ReadonlyMap<string, string>;
  /** What is in the folder now; a missing file is left out. */
  onDisk: ReadonlyMap<string, string>;
}

/** What a pull does with each file; a file that is right already is in no list. */
export interface PullPlan {
  write: string[];
  /** Written by an earlier pull, unchanged since, and of no published pipeline any more. */
  remove: string[];
  /** Changed in the folder since the last pull, or never written by one. */
  changed: string[];
  /** Changed in the folder, and of no published pipeline any more: never removed. */
  orphaned: string[];
}

/**
 * Decides which files a pull writes and removes. It removes nothing but what it wrote, and takes a
 * file that it did not write as a change of its user.
 *
 * @example
 * const { changed } = planPull({ wanted, recorded, onDisk });
 * if (changed.length > 0 && !force) refuse(changed);
 */
export function planPull({ wanted, recorded, onDisk }: PullFacts): PullPlan {
  const plan: PullPlan = { write: [], remove: [], changed: [], orphaned: [] };
  for (const [path, hash] of wanted) {
    const found = onDisk.get(path);
    if (found === hash) continue;
    const isOurs = found === undefined || found === recorded.get(path);
    plan[isOurs ? 'write' : 'changed'].push(path);
  }
  for (const [path, hash] of recorded) {
    const found = onDisk.get(path);
    if (wanted.has(path) || found === undefined) continue;
    plan[found === hash ? 'remove' : 'orphaned'].push(path);
  }
  for (const paths of Object.values(plan) as string[][]) paths.sort();
  return plan;
}
