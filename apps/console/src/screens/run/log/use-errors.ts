import { useMemo } from 'react';
import type { ShownLines } from './log-lines.ts';
import type { RunLogState } from './run-log.ts';

/** The places of the shown lines that are errors. */
export function useErrors({ lines }: RunLogState, shown: ShownLines): readonly number[] {
  const count = shown.length;
  return useMemo(() => {
    const places: number[] = [];
    for (let place = 0; place < count; place += 1) {
      if (lines[shown.indexes[place] ?? 0]?.level === 'error') places.push(place);
    }
    return places;
  }, [lines, shown, count]);
}
