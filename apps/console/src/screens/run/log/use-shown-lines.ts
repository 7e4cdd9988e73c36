import { useMemo } from 'react';
import { ShownLines, type LogFilter } from './log-lines.ts';
import type { RunLogState } from './run-log.ts';

/** The lines that fit the filter. Reading on is cheap: only another filter or width looks at every line again. */
export function useShownLines(
  log: RunLogState,
  filter: LogFilter,
  columns: number | undefined,
): ShownLines {
  const { level, phase, attempt } = filter;
  const shown = useMemo(
    () => new ShownLines({ level, phase, attempt }, columns),
    [level, phase, attempt, columns],
  );
  shown.read(log.lines);
  return shown;
}
