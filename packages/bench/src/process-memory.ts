import { readdir, readFile } from 'node:fs/promises';

const MB = 1024;

/**
 * The resident memory of a process in MB, now or at its `peak`; undefined on a system without
 * `/proc`.
 */
export async function residentMb(
  pid: number | undefined,
  which: 'now' | 'peak' = 'now',
): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const field = which === 'peak' ? 'VmHWM' : 'VmRSS';
  const found = new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1];
  return found === undefined ? undefined : Number(found) / MB;
}

/** All descendants of a process. */
export async function descendants(pid: number): Promise<number[]> {
  const entries = await readdir('/proc').catch(() => []);
  const parents = new Map<number, number>();
  for (const entry of entries.filter((name) => /^\d+$/.test(name))) {
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
    // The process name may contain spaces; it ends at the last parenthesis.
    parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
  }
  const found: number[] = [];
  for (let level = [pid]; level.length > 0;) {
    level = [...parents].filter(([, parent]) => level.includes(parent)).map(([child]) => child);
    found.push(...level);
  }
  return found;
}
