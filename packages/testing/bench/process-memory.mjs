import { readdir, readFile } from 'node:fs/promises';

const MB = 1024;

/** Megabytes that a process has in memory now, or `peak`: had at most. undefined where the system does not tell. */
export async function residentMb(pid, which = 'now') {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const field = which === 'peak' ? 'VmHWM' : 'VmRSS';
  const found = new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1];
  return found === undefined ? undefined : Number(found) / MB;
}

/** The processes that a process has started, and those that they have. */
export async function descendants(pid) {
  const entries = await readdir('/proc').catch(() => []);
  const parents = new Map();
  for (const entry of entries.filter((name) => /^\d+$/.test(name))) {
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
    // The name may hold spaces and ends at the last parenthesis.
    parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
  }
  const found = [];
  for (let level = [pid]; level.length > 0;) {
    level = [...parents].filter(([, parent]) => level.includes(parent)).map(([child]) => child);
    found.push(...level);
  }
  return found;
}
