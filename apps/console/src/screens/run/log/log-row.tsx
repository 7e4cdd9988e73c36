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
  zone: Zone;
  pattern: RegExp | undefined;
  isFound: boolean;
  isMarked: boolean;
  onNumber: (number: number, isRange: boolean) => void;
}

/** One line of the log, at its place. */
export const LogRow = memo(function LogRow(props: LogRowProps): ReactNode {
  const { line, number, place, top, zone, pattern, isFound, isMarked, onNumber } = props;
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
      <span className={styles.message}>
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
