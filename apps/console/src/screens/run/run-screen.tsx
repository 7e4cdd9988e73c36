import { useQuery } from '@tanstack/react-query';
import { useParams, useSearch } from '@tanstack/react-router';
import { useEffect, useMemo, useSyncExternalStore, type ReactNode } from 'react';
import { queries } from '../../client.ts';
import { onFeedEvents } from '../../live/feed-state.ts';
import { hasEnded } from '../../live/patch-run.ts';
import { Answer } from '../../parts/answer.tsx';
import { ScreenHead } from '../../parts/screen-head.tsx';
import { markOf } from '../../parts/status-mark.tsx';
import { parseRunUrl, type RunUrl } from '../../url/run-url.ts';
import { Attempts } from './attempts.tsx';
import { CancelBox } from './cancel-box.tsx';
import { FailureBox } from './failure-box.tsx';
import { RunLog } from './log/run-log.ts';
import { QuarantineBox } from './quarantine-box.tsx';
import { readRun, runKey, type RunFacts } from './run-facts.ts';
import { RunHead } from './run-head.tsx';
import { RunTabs } from './run-tabs.tsx';
import { WaitBox } from './wait-box.tsx';

/** One run: what became of it and why, what can be done about it, and all that is known of it. */
export function RunScreen(): ReactNode {
  const { runId } = useParams({ from: '/runs/$runId' });
  const url = parseRunUrl(useSearch({ strict: false }));
  const run = useQuery({
    queryKey: runKey(runId, 'facts'),
    queryFn: ({ signal }) => readRun(runId, signal),
  });
  return (
    <>
      {run.isLoadingError && <ScreenHead title={`Run ${runId}`} />}
      <Answer of={run} rows={10}>
        {(facts) => <RunPage key={facts.id} run={facts} asked={runId} url={url} />}
      </Answer>
    </>
  );
}

function RunPage({ run, asked, url }: { run: RunFacts; asked: string; url: RunUrl }): ReactNode {
  const stream = useMemo(() => new RunLog(run.id), [run.id]);
  const log = useSyncExternalStore(stream.subscribe, stream.read);
  useEffect(
    () =>
      onFeedEvents((events) => {
        if (events.some(({ data }) => data.run_id === run.id))
          void queries.invalidateQueries({ queryKey: runKey(asked) });
      }),
    [run.id, asked],
  );
  // The stream ends with the run, also where the feed is behind.
  const isBehind = log.end !== undefined && !hasEnded(run.status);
  useEffect(() => {
    if (isBehind) void queries.invalidateQueries({ queryKey: runKey(asked) });
  }, [isBehind, asked]);
  const mark = markOf(run);
  useEffect(() => {
    document.title = `${mark} ${run.layer}.${run.pipeline} – RAT Runs`;
    return () => {
      document.title = 'RAT Runs';
    };
  }, [mark, run.layer, run.pipeline]);
  return (
    <>
      <RunHead run={run} />
      {run.status === 'failed' && run.disposition === null && <FailureBox run={run} log={log} />}
      {run.disposition !== null && <QuarantineBox run={run} />}
      {run.status === 'pending' && <WaitBox run={run} />}
      {run.cancel !== null && <CancelBox run={run} />}
      <Attempts run={run} log={log} />
      <RunTabs run={run} url={url} stream={stream} log={log} />
    </>
  );
}
