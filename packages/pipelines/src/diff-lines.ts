/** The work that one or several comparisons may take together; `diffLines` counts it down. */
export interface DiffBudget {
  /** Compared lines and visited edits. */
  steps: number;
}

/** The difference of two texts. */
export interface LineDiff {
  /** The hunks of a unified diff, without the lines that name the files; empty for equal texts. */
  hunks: string;
  /** How many lines only the second text has. */
  added: number;
  /** How many lines only the first text has. */
  removed: number;
  /** The texts differ so much that the part between the first and the last difference is shown whole. */
  isCoarse: boolean;
}

/** Unchanged lines around a change. */
const CONTEXT = 3;

/** Each edit keeps a row of up to twice as many numbers, so this limits the memory to about 4 MB. */
const EDITS_MAX = 1_000;

/** Takes less than a tenth of a second: other requests wait for it. */
const STEPS_MAX = 4_000_000;

/** A budget for the files of one pipeline. */
export function diffBudget(): DiffBudget {
  return { steps: STEPS_MAX };
}

/** Lines `[from, to)` of the first text become lines `[start, end)` of the second. */
interface Change {
  from: number;
  to: number;
  start: number;
  end: number;
}

/**
 * Compares two texts line by line with the greedy algorithm of Myers (1986), which finds the shortest
 * list of edits. Time and memory are bounded: beyond the budget the differing middle is shown as
 * replaced, which is correct and only less short.
 *
 * @example
 * const { hunks, added } = diffLines('a\nb\n', 'a\nc\n', diffBudget());
 */
export function diffLines(before: string, after: string, budget: DiffBudget): LineDiff {
  const old = toLines(before);
  const next = toLines(after);
  const [oldIds, nextIds] = toIds(old, next);
  const start = commonStart(oldIds, nextIds);
  const end = commonEnd(oldIds, nextIds, start);
  const middle = findEdits(
    oldIds.subarray(start, oldIds.length - end),
    nextIds.subarray(start, nextIds.length - end),
    budget,
  );
  const changes = (middle ?? [wholeOf(old.length - start - end, next.length - start - end)]).map(
    (change) => shift(change, start),
  );
  return {
    hunks: inHunks(changes, old.length)
      .map((hunk) => printHunk(hunk, old, next))
      .join(''),
    added: sum(changes, (change) => change.end - change.start),
    removed: sum(changes, (change) => change.to - change.from),
    isCoarse: middle === undefined,
  };
}

/** Lines with their line ends, so that a missing one at the end of the text is a difference. */
function toLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** Equal lines get equal numbers: the comparison of two lines then takes one step. */
function toIds(old: readonly string[], next: readonly string[]): [Int32Array, Int32Array] {
  const ids = new Map<string, number>();
  const idOf = (line: string): number => {
    const known = ids.get(line);
    if (known !== undefined) return known;
    ids.set(line, ids.size);
    return ids.size - 1;
  };
  return [Int32Array.from(old, idOf), Int32Array.from(next, idOf)];
}

function commonStart(old: Int32Array, next: Int32Array): number {
  const most = Math.min(old.length, next.length);
  let length = 0;
  while (length < most && old[length] === next[length]) length += 1;
  return length;
}

function commonEnd(old: Int32Array, next: Int32Array, start: number): number {
  const most = Math.min(old.length, next.length) - start;
  let length = 0;
  while (length < most && old.at(-1 - length) === next.at(-1 - length)) length += 1;
  return length;
}

function wholeOf(removed: number, added: number): Change {
  return { from: 0, to: removed, start: 0, end: added };
}

function shift({ from, to, start, end }: Change, by: number): Change {
  return { from: from + by, to: to + by, start: start + by, end: end + by };
}

/**
 * The shortest list of edits; undefined beyond the limits. Diagonal `k` holds the places where
 * `old` is `k` lines ahead of `next`. For each number of edits, the search keeps how far every
 * diagonal reaches.
 */
function findEdits(old: Int32Array, next: Int32Array, budget: DiffBudget): Change[] | undefined {
  const most = Math.min(old.length + next.length, EDITS_MAX);
  const centre = most + 1;
  const reach = new Int32Array(2 * most + 3);
  const history: Int32Array[] = [];
  for (let edits = 0; edits <= most; edits += 1) {
    for (let k = -edits; k <= edits; k += 2) {
      let x = isInsertion(reach, centre, k, edits)
        ? (reach[centre + k + 1] ?? 0)
        : (reach[centre + k - 1] ?? 0) + 1;
      const began = x;
      while (x < old.length && x - k < next.length && old[x] === next[x - k]) x += 1;
      reach[centre + k] = x;
      budget.steps -= x - began + 1;
      if (x >= old.length && x - k >= next.length) return traceBack(history, old, next);
    }
    if (budget.steps < 0) return undefined;
    history.push(reach.slice(centre - edits, centre + edits + 1));
  }
  return undefined;
}

/** Whether the longest path to diagonal `k` ends with an inserted line and not with a removed one. */
function isInsertion(reach: Int32Array, centre: number, k: number, edits: number): boolean {
  if (k === -edits) return true;
  return k !== edits && (reach[centre + k - 1] ?? 0) < (reach[centre + k + 1] ?? 0);
}

/** Follows the path from the ends of both texts to their starts. */
function traceBack(history: readonly Int32Array[], old: Int32Array, next: Int32Array): Change[] {
  const changes: Change[] = [];
  let [x, y] = [old.length, next.length];
  for (let edits = history.length; edits > 0; edits -= 1) {
    const centre = edits - 1;
    const reach = history[centre] ?? new Int32Array();
    const k = x - y;
    const inserts = isInsertion(reach, centre, k, edits);
    const from = reach[centre + (inserts ? k + 1 : k - 1)] ?? 0;
    const start = from - (inserts ? k + 1 : k - 1);
    const edit = { from, to: inserts ? from : from + 1, start, end: inserts ? start + 1 : start };
    const later = changes.at(-1);
    if (later !== undefined && later.from === edit.to && later.start === edit.end) {
      later.from = edit.from;
      later.start = edit.start;
    } else {
      changes.push(edit);
    }
    [x, y] = [from, start];
  }
  return changes.toReversed();
}

/** Changes that are so near to each other that their contexts touch share a hunk. */
function inHunks(
  changes: readonly Change[],
  oldLines: number,
): { changes: Change[]; tail: number }[] {
  const hunks: { changes: Change[]; tail: number }[] = [];
  for (const change of changes) {
    if (change.from === change.to && change.start === change.end) continue;
    const hunk = hunks.at(-1);
    const previous = hunk?.changes.at(-1);
    if (hunk !== undefined && previous !== undefined && change.from - previous.to <= 2 * CONTEXT) {
      hunk.changes.push(change);
    } else {
      hunks.push({ changes: [change], tail: 0 });
    }
  }
  for (const hunk of hunks) {
    hunk.tail = Math.min(CONTEXT, oldLines - (hunk.changes.at(-1)?.to ?? 0));
  }
  return hunks;
}

function printHunk(
  { changes, tail }: { changes: readonly Change[]; tail: number },
  old: readonly string[],
  next: readonly string[],
): string {
  const [first] = changes;
  const last = changes.at(-1);
  if (first === undefined || last === undefined) return '';
  const head = Math.min(CONTEXT, first.from);
  const [from, start] = [first.from - head, first.start - head];
  let text = '';
  let at = from;
  for (const change of changes) {
    text += printLines(' ', old, at, change.from);
    text += printLines('-', old, change.from, change.to);
    text += printLines('+', next, change.start, change.end);
    at = change.to;
  }
  text += printLines(' ', old, at, last.to + tail);
  const range = (first: number, length: number): string =>
    `${length === 0 ? first : first + 1},${length}`;
  const removed = range(from, last.to + tail - from);
  const added = range(start, last.end + tail - start);
  return `@@ -${removed} +${added} @@\n${text}`;
}

function printLines(mark: string, lines: readonly string[], from: number, to: number): string {
  return lines
    .slice(from, to)
    .map((line) =>
      line.endsWith('\n') ? `${mark}${line}` : `${mark}${line}\n\\ No newline at end of file\n`,
    )
    .join('');
}

function sum(changes: readonly Change[], count: (change: Change) => number): number {
  return changes.reduce((total, change) => total + count(change), 0);
}
