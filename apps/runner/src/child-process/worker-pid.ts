import { readdirSync, readFileSync } from 'node:fs';

/** More than any chain of wrappers has. */
const MAX_DEPTH = 6;

/**
 * The process at the end of a chain of wrappers that each have one child: the one that does the work, by its id as this
 * process sees it. Without /proc, or when the chain has ended, the chain's first.
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

/** For kernels without the list of children. */
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
