import type { AnswerOf } from '@rat/contracts';
import type { ReactNode } from 'react';
import { Time } from '../../time.tsx';

export type Source = AnswerOf<'getWhyNot'>['sources'][number];

/** Verdicts to which the other columns have the rest. */
const PLAIN = new Set<string>(['will_fire', 'paused']);

/** Why a schedule or a trigger of the pipeline does not fire now, in a word and its times. */
export function VerdictNow({ source }: { source: Source }): ReactNode {
  const { verdict, since, until, missing } = source;
  if (PLAIN.has(verdict)) return verdict.replaceAll('_', ' ');
  return (
    <>
      {verdict.replaceAll('_', ' ')}
      {since !== null && (
        <>
          {' since '}
          <Time at={since} />
        </>
      )}
      {until !== null && (
        <>
          {' until '}
          <Time at={until} />
        </>
      )}
      {missing.length > 0 && `: no news of ${missing.map(({ input }) => input).join(', ')}`}
    </>
  );
}
