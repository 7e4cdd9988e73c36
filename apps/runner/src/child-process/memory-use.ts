import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The memory of a group of processes, in bytes. */
export interface MemoryUse {
  /** Resident pages, including those of files. */
  resident: number;
  /** Private memory that is mapped, touched or not: RLIMIT_DATA limits it. */
  mapped: number;
}

/**
 * Sums the memory of processes. Undefined when none can be read: they are gone, or the system has
 * no /proc.
 */
export function readMemoryUse(pids: readonly number[]): MemoryUse | undefined {
  const uses = pids.flatMap((pid) => readOne(pid) ?? []);
  if (uses.length === 0) return undefined;
  return {
    resident: uses.reduce((sum, use) => sum + use.resident, 0),
    mapped: uses.reduce((sum, use) => sum + use.mapped, 0),
  };
}

function readOne(pid: number): MemoryUse | undefined {
  const status = read(`/proc/${pid}/status`);
  const resident = kilobytes(status, 'VmRSS');
  if (resident === undefined) return undefined;
  return { resident: resident * 1024, mapped: (kilobytes(status, 'VmData') ?? 0) * 1024 };
}

/** Cheaper than a regular expression over the whole text: the watch reads it 50 times a second. */
function kilobytes(status: string, name: string): number | undefined {
  const at = status.indexOf(`\n${name}:`);
  if (at < 0) return undefined;
  return Number.parseInt(status.slice(at + name.length + 2, at + name.length + 24), 10);
}

/**
 * Lists a process and all its descendants. A sandbox may wrap the working process, which is then a
 * descendant of the started one. Some kernels list the children of a process; on others this scans
 * all processes.
 */
export function processTree(pid: number): number[] {
  // The working process has no children: SQL starts none.
  if (isNode(pid)) return [pid];
  const found = [pid];
  let parents: Map<number, number[]> | undefined;
  for (let index = 0; index < found.length; index += 1) {
    const parent = found[index] ?? pid;
    let children = listedChildren(parent);
    if (children === undefined) {
      parents ??= childrenByParent();
      children = parents.get(parent) ?? [];
    }
    found.push(...children.filter((child) => !found.includes(child)));
  }
  return found;
}

function isNode(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`) === process.execPath;
  } catch {
    return false;
  }
}

function listedChildren(pid: number): number[] | undefined {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8')
        .split(' ')
        .filter((text) => text !== '')
        .map(Number),
    );
  } catch {
    return undefined;
  }
}

function childrenByParent(): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (const name of processNames()) {
    const parent = /\nPPid:\s+(\d+)/.exec(read(`/proc/${name}/status`))?.[1];
    if (parent === undefined) continue;
    const siblings = children.get(Number(parent)) ?? [];
    siblings.push(Number(name));
    children.set(Number(parent), siblings);
  }
  return children;
}

function processNames(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** Empty when the process is gone, which may happen at any moment. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
