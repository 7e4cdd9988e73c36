import { useCallback, useEffect, useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import { useZone } from '../../../time.tsx';
import type { LineRange } from '../../../url/run-url.ts';
import type { LogLine, ShownLines } from './log-lines.ts';
import { LogRow } from './log-row.tsx';
import { PROBE, useColumns } from './use-columns.ts';
import styles from './log-view.module.css';
import type { Found } from './use-find.ts';
import { useSelection } from './use-selection.ts';
import { useWindow } from './use-window.ts';

/** Lines above the one that the log is scrolled to. */
const BEFORE = 5;

export interface LogViewProps {
  lines: readonly LogLine[];
  shown: ShownLines;
  found: Found;
  /** The place to scroll to. A new object scrolls again. */
  goal: { place: number } | undefined;
  /** The lines of the address, which are marked. */
  range: LineRange | undefined;
  onRange: (range: LineRange) => void;
  /** Whether lines still arrive. */
  isLive: boolean;
  isFollowing: boolean;
  onFollow: (isFollowing: boolean) => void;
  isWrapped: boolean;
  /** Where texts are broken; undefined until it is known, and while they are not. */
  columns: number | undefined;
  onColumns: (columns: number | undefined) => void;
}

/**
 * The lines of a log in a box of their own. Only those that are seen are in the page, and each has its place from the start, so
 * nothing moves. The box scrolls by the keys of the browser.
 */
export function LogView(props: LogViewProps): ReactNode {
  const { lines, shown, found, goal, range, onRange, isLive, isFollowing, onFollow } = props;
  const box = useRef<HTMLDivElement>(null);
  const zone = useZone();
  const selected = useSelection(box);
  const places = useWindow(box, { shown, selected });
  const probe = useRef<HTMLSpanElement>(null);
  const { isWrapped, columns, onColumns } = props;
  useColumns(box, probe, { isOn: isWrapped, onColumns });
  const [seen, setSeen] = useState(shown.length);
  const { height, length } = shown;
  const isHeld = selected !== undefined;

  // A selection holds the view still.
  useLayoutEffect(() => {
    const element = box.current;
    if (element !== null && isFollowing && !isHeld) element.scrollTop = height;
  }, [isFollowing, isHeld, height]);

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null || goal === undefined) return;
    element.scrollTop = Math.max(0, shown.topOf(Math.max(0, goal.place - BEFORE)));
    // Lines that arrive later do not scroll to the goal again.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [goal]);

  // Where rows have become taller or lower, the first line that is seen stays the first.
  const before = useRef({ shown, columns });
  // Read before the page changes: a log that becomes lower moves its box.
  const top = box.current?.scrollTop ?? 0;
  useLayoutEffect(() => {
    const { current: old } = before;
    before.current = { shown, columns };
    if (box.current === null || old.columns === columns || isFollowing) return;
    const index = old.shown.indexes[old.shown.placeAt(top)] ?? 0;
    box.current.scrollTop = shown.topOf(shown.placeOf(index));
  });

  useEffect(() => {
    if (isFollowing && !isHeld) setSeen(length);
  }, [isFollowing, isHeld, length]);

  const anchor = useRef(range?.from);
  const onNumber = useCallback(
    (number: number, isRange: boolean) => {
      const from = isRange ? (anchor.current ?? number) : number;
      anchor.current = from;
      onRange({ from: Math.min(from, number), to: Math.max(from, number) });
    },
    [onRange],
  );

  const copy = (event: React.ClipboardEvent): void => {
    if (selected === undefined || selected.from === selected.to) return;
    // The lines between those that are in the page are copied too.
    const chosen = shown.indexes.slice(selected.from, selected.to + 1);
    const text = chosen.map((index) => printLine(lines[index])).join('\n');
    event.clipboardData.setData('text/plain', text);
    event.preventDefault();
  };

  const unseen = !isLive || (isFollowing && !isHeld) ? 0 : Math.max(0, length - seen);
  const isAtFound = (place: number): boolean =>
    goal?.place === place && found.pattern !== undefined;
  return (
    <div className={styles.place}>
      {/* The wheel and the keys end following. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <div
        ref={box}
        role="log"
        aria-live="off"
        aria-label="log lines"
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the keys scroll it
        tabIndex={0}
        className={styles.box}
        onCopy={copy}
        onWheel={({ deltaY }) => deltaY < 0 && onFollow(false)}
        onKeyDown={({ key }) => ['PageUp', 'ArrowUp', 'Home'].includes(key) && onFollow(false)}
      >
        <div className={styles.lines} style={{ height }}>
          {isWrapped && (
            <div className={styles.probe} aria-hidden>
              <span className={styles.number} />
              <span className={styles.time} />
              <span className={styles.level} />
              <span className={styles.phase} />
              <span ref={probe} className={styles.message}>
                {PROBE}
              </span>
            </div>
          )}
          {places.map((place) => {
            const index = shown.indexes[place];
            const line = index === undefined ? undefined : lines[index];
            if (index === undefined || line === undefined) return null;
            const number = index + 1;
            return (
              <LogRow
                key={line.seq}
                line={line}
                number={number}
                place={place}
                top={shown.topOf(place)}
                columns={columns}
                zone={zone}
                pattern={found.pattern}
                isFound={isAtFound(place)}
                isMarked={range !== undefined && range.from <= number && number <= range.to}
                onNumber={onNumber}
              />
            );
          })}
        </div>
      </div>
      {unseen > 0 && (
        <button type="button" className={styles.unseen} onClick={() => onFollow(true)}>
          {`↓ ${unseen} new`}
        </button>
      )}
    </div>
  );
}

function printLine(line: LogLine | undefined): string {
  if (line === undefined) return '';
  const { timestamp, level, phase, message } = line;
  return `${timestamp} ${level.toUpperCase().padEnd(5)} ${phase ?? '-'} ${message}`;
}
