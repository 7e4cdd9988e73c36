import { useMutation } from '@tanstack/react-query';
import type { QueryOf } from '@rat/contracts';
import type { ReactNode } from 'react';
import { messageOf, rat } from '../../client.ts';
import { formatCount } from '../../parts/numbers.ts';
import type { RunRow } from './run-table.tsx';

/** As many as one plan of the API cancels. */
const MOST = 1_000;
/** The largest page of the API. */
const PAGE = 200;

/** Selects the runs of all pages, once those of this page are selected. */
export function SelectAll({
  query,
  total,
  onSelect,
}: {
  query: QueryOf<'listRuns'>;
  total: number;
  onSelect: (runs: RunRow[]) => void;
}): ReactNode {
  const collecting = useMutation({ mutationFn: () => collect(query), onSuccess: onSelect });
  const words = total > MOST ? `the newest ${formatCount(MOST)} of` : 'all';
  return (
    <>
      <button type="button" disabled={collecting.isPending} onClick={() => collecting.mutate()}>
        Select {words} {formatCount(total)} runs
      </button>
      {collecting.isError && <span role="alert">{messageOf(collecting.error)}</span>}
    </>
  );
}

async function collect(query: QueryOf<'listRuns'>): Promise<RunRow[]> {
  const runs: RunRow[] = [];
  for await (const run of rat.runs.list({ ...query, cursor: undefined, limit: PAGE })) {
    runs.push(run);
    if (runs.length === MOST) break;
  }
  return runs;
}
