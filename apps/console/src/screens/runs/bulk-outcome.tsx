import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { shortId } from '../../parts/run-names.ts';

/** What became of many runs: how many were acted on, and each that was not, with the reason. */
export function BulkOutcome({
  done,
  refused,
}: {
  done: string;
  refused: readonly (readonly [id: string, reason: string])[];
}): ReactNode {
  return (
    <>
      <p>{done}</p>
      <ul>
        {refused.map(([id, reason]) => (
          <li key={id}>
            <Link to="/runs/$runId" params={{ runId: id }}>
              {shortId(id)}
            </Link>{' '}
            {reason}
          </li>
        ))}
      </ul>
    </>
  );
}
