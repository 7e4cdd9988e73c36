import type { FrameUrl } from './frame-url.ts';

/** The parts of the page of a run. */
export const RUN_TABS = ['log', 'sql', 'data', 'quality', 'activity'] as const;
export type RunTab = (typeof RUN_TABS)[number];

/** The address of the page of a run. Lines of its log stand behind `#`. */
export interface RunUrl extends FrameUrl {
  /** Absent: the part with the most about the run. */
  tab?: RunTab | undefined;
  /** The quality test whose rows are shown. */
  test?: string | undefined;
  /** What the log is filtered by: its least level, its phase, its attempt. */
  level?: string | undefined;
  phase?: string | undefined;
  attempt?: string | undefined;
  /** What is searched for in the log. */
  find?: string | undefined;
  /** Long lines of the log are broken at the edge of the page. */
  wrap?: 'yes' | undefined;
}

export function parseRunUrl(search: Record<string, unknown>): RunUrl {
  const text = (name: string): string | undefined => {
    const value = search[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  return {
    ns: text('ns'),
    tab: RUN_TABS.find((tab) => tab === search['tab']),
    test: text('test'),
    level: text('level'),
    phase: text('phase'),
    attempt: text('attempt'),
    find: text('find'),
    wrap: search['wrap'] === 'yes' ? 'yes' : undefined,
  };
}

/** A range of lines, from 1, both inclusive. */
export interface LineRange {
  from: number;
  to: number;
}

/** `L41-L48` or `L41` → the lines. */
export function parseLines(hash: string): LineRange | undefined {
  const [, first, last] = /^#?L(\d{1,9})(?:-L(\d{1,9}))?$/.exec(hash) ?? [];
  if (first === undefined) return undefined;
  const ends = [Number(first), Number(last ?? first)];
  return { from: Math.min(...ends), to: Math.max(...ends) };
}

export function printLines({ from, to }: LineRange): string {
  return from === to ? `L${from}` : `L${from}-L${to}`;
}
