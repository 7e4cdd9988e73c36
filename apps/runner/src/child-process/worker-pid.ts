import { readdirSync, readFileSync } from 'node:fs';

/** More than the length of any chain of wrappers. */
const MAX_DEPTH = 6;

/**
 * Finds the process that does the work: the last one in a chain of wrappers that each have one
 * child. The id is the one that this process sees. Returns `first` without /proc, and after the
 * chain has ended.
 */
export function workerPid(first: number): number {
  let at = first;
  for (let depth = 0; depth < MAX_DEPTH; depth += 1) {
    const [child, ...others] = childrenOf(at);
    if (child === undefined || others.length > 0) return at;
    at = child;
  }
  return at;
}

function childrenOf(pid: number): number[] {
  try {
    return parse(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'));
  } catch {
    return searchChildren(pid);
  }
}

function parse(text: string): number[] {
  return text.trim() === '' ? [] : text.trim().split(' ').map(Number);
}

/** For kernels that do not list the children of a process. */
function searchChildren(pid: number): number[] {
  try {
    return readdirSync('/proc').flatMap((name) =>
      /^\d+$/.test(name) && parentOf(name) === pid ? [Number(name)] : [],
    );
  } catch {
    return [];
  }
}

function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}
