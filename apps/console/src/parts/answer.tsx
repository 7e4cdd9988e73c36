import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Problem } from './problem.tsx';
import { Skeleton } from './skeleton.tsx';

/**
 * What a screen shows of one answer of the API: a skeleton while it loads, the error with a retry when there is none, and the
 * last answer below the error when only the newest request failed.
 *
 * @example
 * <Answer of={query} rows={8}>{(page) => <RunTable runs={page.runs} />}</Answer>
 */
export function Answer<Data>({
  of,
  rows,
  children,
}: {
  of: UseQueryResult<Data>;
  /** How many rows the skeleton has. */
  rows: number;
  children: (data: Data) => ReactNode;
}): ReactNode {
  const problem = of.isError && <Problem error={of.error} onRetry={() => void of.refetch()} />;
  if (of.data === undefined) return problem || <Skeleton rows={rows} />;
  return (
    <>
      {problem}
      {children(of.data)}
    </>
  );
}
