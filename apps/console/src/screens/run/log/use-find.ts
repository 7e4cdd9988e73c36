import { useMemo } from 'react';
import { FoundLines, toPattern, type FindWish } from './find-lines.ts';
import type { LogLine, ShownLines } from './log-lines.ts';

/** What was found: the pattern that marks it, and the places of its lines; or why the wish means nothing. */
export interface Found {
  pattern: RegExp | undefined;
  problem: string | undefined;
  places: readonly number[];
}

/** Searches all lines that are shown. Lines that arrive are searched when they arrive, and the earlier ones not again. */
export function useFind(
  { text, isExact, isPattern }: FindWish,
  { lines, shown }: { lines: readonly LogLine[]; shown: ShownLines },
): Found {
  const pattern = useMemo(
    () => toPattern({ text, isExact, isPattern }),
    [text, isExact, isPattern],
  );
  const found = useMemo(
    () => (pattern instanceof RegExp ? new FoundLines(pattern, shown) : undefined),
    [pattern, shown],
  );
  found?.read(lines);
  if (found !== undefined)
    return { pattern: found.pattern, problem: undefined, places: found.places };
  return {
    pattern: undefined,
    problem: typeof pattern === 'string' ? pattern : undefined,
    places: [],
  };
}
