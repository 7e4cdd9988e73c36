import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { rat } from '../../client.ts';
import { Answer } from '../../parts/answer.tsx';
import { Empty } from '../../parts/empty.tsx';
import { useNamespace } from '../../parts/use-namespace.ts';
import { parseRunsUrl } from '../../url/runs-url.ts';
import { NewRunsPill } from './new-runs-pill.tsx';
import { RunTable } from './run-table.tsx';

/** The list of runs, newest first. */
export function RunsScreen(): ReactNode {
  const url = parseRunsUrl(useSearch({ strict: false }));
  const namespace = useNamespace();
  const runs = useQuery({
    queryKey: ['runs', 'list', namespace, url],
    queryFn: ({ signal }) => rat.runs.list({ namespace, limit: 100 }, { signal }).first(),
  });
  return (
    <>
      <h1>Runs</h1>
      <NewRunsPill of={runs.data?.runs ?? []} onShow={() => void runs.refetch()} />
      <Answer of={runs} rows={20}>
        {(page) =>
          page.runs.length === 0 ? (
            <Empty title="No pipeline has run yet" />
          ) : (
            <RunTable runs={page.runs} />
          )
        }
      </Answer>
    </>
  );
}
