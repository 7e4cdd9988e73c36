import { memo, type MouseEvent, type ReactNode } from 'react';
import { formatTime, type Zone } from '../../../time.tsx';
import { splitMatches } from './find-lines.ts';
import type { LogLine } from './log-lines.ts';
import styles from './log-view.module.css';

interface LogRowProps {
  line: LogLine;
  /** Its number in the whole log, from 1. */
  number: number;
  place: number;
  top: number;
  /** Where its text is broken; undefined when it is not. */
  columns: number | undefined;
  zone: Zone;
  pattern: RegExp | undefined;
  isFound: boolean;
  isMarked: boolean;
  onNumber: (number: number, isRange: boolean) => void;
}

/** The width of a text is a rounded number: without room to spare, its last sign may not fit. */
const SPARE_PX = 4;

/** One line of the log, at its place. */
export const LogRow = memo(function LogRow(props: LogRowProps): ReactNode {
  const { line, number, place, top, columns, zone, pattern, isFound, isMarked, onNumber } = props;
  const select = (event: MouseEvent): void => {
    event.preventDefault();
    onNumber(number, event.shiftKey);
  };
  const state = `${isMarked ? styles.marked : ''} ${isFound ? styles.found : ''}`;
  return (
    <div
      className={`${styles.row} ${styles[line.level]} ${state}`}
      data-place={place}
      style={{ top }}
    >
      <a className={styles.number} href={`#L${number}`} onClick={select} tabIndex={-1}>
        {number}
      </a>
      <span className={styles.time}>{formatTime(line.timestamp, 'exact', zone)}</span>
      <span className={styles.level}>{line.level === 'info' ? '' : line.level}</span>
      <span className={styles.phase}>{line.phase ?? ''}</span>
      <span
        className={`${styles.message} ${columns === undefined ? '' : styles.wrapped}`}
        style={columns === undefined ? undefined : { width: `calc(${columns}ch + ${SPARE_PX}px)` }}
      >
        {pattern === undefined ? line.message : <Marked text={line.message} pattern={pattern} />}
      </span>
    </div>
  );
});

function Marked({ text, pattern }: { text: string; pattern: RegExp }): ReactNode {
  let at = 0;
  return splitMatches(text, pattern).map((piece) => {
    const key = at;
    at += piece.text.length;
    return piece.isMatch ? <mark key={key}>{piece.text}</mark> : piece.text;
  });
}
