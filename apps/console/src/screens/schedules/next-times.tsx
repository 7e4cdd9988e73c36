import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { rat } from '../../client.ts';
import { Answer } from '../../parts/answer.tsx';
import { Time } from '../../time.tsx';

const SHOWN = 5;

/** The next times of a schedule. */
export function NextTimes({ id }: { id: string }): ReactNode {
  const next = useQuery({
    queryKey: ['next-times', id],
    queryFn: ({ signal }) => rat.schedules.next(id, { count: SHOWN }, { signal }),
    refetchInterval: 30_000,
  });
  return (
    <Answer of={next} rows={1}>
      {({ times }) => (
        <p>
          {times.length === 0 ? 'It has no next time.' : 'Next: '}
          {times.map(({ scheduled_for: at }, index) => (
            <span key={at}>
              {index > 0 && ' · '}
              <Time at={at} form="full" />
            </span>
          ))}
        </p>
      )}
    </Answer>
  );
}
