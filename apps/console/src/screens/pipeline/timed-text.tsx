import type { ReactNode } from 'react';
import { Time } from '../../time.tsx';

const INSTANT = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)/;

/** A sentence of the API, its times in the zone in which all times are shown. */
export function TimedText({ text }: { text: string }): ReactNode {
  return text
    .split(INSTANT)
    .map((part) => (INSTANT.test(part) ? <Time key={part} at={part} /> : part));
}
