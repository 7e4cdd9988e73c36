import { useQuery } from '@tanstack/react-query';
import { rat } from '../../client.ts';

/** Why a run failed, in one line; empty while that is not read yet. What a failed run says does not change. */
export function useFailure(runId: string | undefined): string {
  const failed = useQuery({
    queryKey: ['run', 'failure', runId],
    queryFn: ({ signal }) => rat.runs.get(runId ?? '', { signal }),
    enabled: runId !== undefined,
    staleTime: Infinity,
  });
  if (failed.data === undefined) return '';
  const { error, failure } = failed.data;
  const [line = ''] = (error ?? '').split('\n');
  return failure === null ? line : `${failure.code}: ${line}`;
}
