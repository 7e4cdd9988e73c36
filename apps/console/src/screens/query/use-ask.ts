import type { AnswerOf } from '@rat/contracts';
import { useEffect, useRef, useState } from 'react';
import { rat } from '../../client.ts';
import { rememberQuery } from './query-history.ts';

/** As many as one answer may have; the grid shows any number. */
export const ANSWER_ROWS = 10_000;

interface State {
  asked: string;
  isRunning: boolean;
  isCancelled: boolean;
  startedAt: string | undefined;
  answer: AnswerOf<'query'> | undefined;
  error: unknown;
}

export interface Ask extends State {
  start: (sql: string) => void;
  cancel: () => void;
}

const IDLE: State = {
  asked: '',
  isRunning: false,
  isCancelled: false,
  startedAt: undefined,
  answer: undefined,
  error: undefined,
};

/**
 * One query at a time. A new one takes the place of the one that runs; leaving the screen ends it, and the API stops what
 * nobody waits for. The last answer stays until the next one is there.
 */
export function useAsk(namespace: string): Ask {
  const [state, setState] = useState<State>(IDLE);
  const control = useRef<AbortController>(undefined);
  useEffect(() => () => control.current?.abort(), []);
  const start = (sql: string): void => {
    control.current?.abort();
    const mine = new AbortController();
    control.current = mine;
    setState((before) => ({
      ...IDLE,
      answer: before.answer,
      asked: before.asked,
      isRunning: true,
      startedAt: new Date().toISOString(),
    }));
    rememberQuery(sql);
    const finish = (changes: Partial<State>): void => {
      if (mine.signal.aborted) return;
      setState({ ...IDLE, asked: sql, ...changes });
    };
    rat.tables
      .query(
        { sql, namespace, limit: ANSWER_ROWS, rows_as: 'arrays' },
        {},
        { signal: mine.signal, retries: 0 },
      )
      .then(
        (answer) => finish({ answer }),
        (error: unknown) => finish({ error }),
      );
  };
  const cancel = (): void => {
    if (!state.isRunning) return;
    control.current?.abort();
    setState((before) => ({ ...before, isRunning: false, isCancelled: true }));
  };
  return { ...state, start, cancel };
}
