import { useQuery } from '@tanstack/react-query';
import type { AnswerOf } from '@rat/contracts';
import { useState, type ReactNode } from 'react';
import { queries, rat } from '../../client.ts';
import { hasEnded } from '../../live/patch-run.ts';
import { Answer } from '../../parts/answer.tsx';
import { countOf } from '../../parts/numbers.ts';
import { PlanDialog } from '../../parts/plan-dialog.tsx';
import { addressOf, shortId } from '../../parts/run-names.ts';
import { BulkOutcome } from './bulk-outcome.tsx';
import styles from './bulk-bar.module.css';
import type { RunRow } from './run-table.tsx';

type CancelPlan = Extract<AnswerOf<'cancelRuns'>, { token: string }>;
type Cancelled = Extract<AnswerOf<'cancelRuns'>, { cancelled: string[] }>;

/** What can be done with the selected runs. Both show what they would do before they do it. */
export function BulkBar({
  runs,
  onDone,
}: {
  runs: readonly RunRow[];
  onDone: () => void;
}): ReactNode {
  if (runs.length === 0) return null;
  const active = runs.filter(({ status }) => !hasEnded(status));
  const ended = runs.filter(({ status }) => hasEnded(status));
  return (
    <div className={styles.bar}>
      <span>{runs.length} selected</span>
      <CancelMany runs={active} />
      <RerunMany runs={ended} />
      <button type="button" onClick={onDone}>
        Select none
      </button>
    </div>
  );
}

/** Runs end while a dialog about them is open. It keeps to those for which it was opened. */
function useRunsOfOpening(now: readonly RunRow[]): {
  runs: readonly RunRow[];
  onOpenChange: (isOpen: boolean) => void;
} {
  const [kept, keep] = useState<readonly RunRow[]>();
  return { runs: kept ?? now, onOpenChange: (isOpen) => keep(isOpen ? now : undefined) };
}

function CancelMany({ runs: now }: { runs: readonly RunRow[] }): ReactNode {
  const { runs, onOpenChange } = useRunsOfOpening(now);
  const ids = runs.map(({ id }) => id);
  const key = ['cancel-plan', ...ids];
  return (
    <PlanDialog
      open={`Cancel ${runs.length}…`}
      title={`Cancel ${countOf(runs.length, 'run')}?`}
      act="Cancel them"
      reason="optional"
      isOpenable={runs.length > 0}
      count={runs.length}
      onOpenChange={onOpenChange}
      onAct={async (reason) => {
        const plan = queries.getQueryData<CancelPlan>(key);
        if (plan === undefined) throw new Error('the plan is not here yet');
        // A token is answered with what became of each run.
        return (await rat.runs.cancelMany({ token: plan.token, reason })) as Cancelled;
      }}
      renderDone={({ cancelled, refused }) => (
        <BulkOutcome
          done={`${countOf(cancelled.length, 'run')} cancelled`}
          refused={refused.map(({ id, status }) => [id, `had ended ${status}`])}
        />
      )}
    >
      <CancelPlanView ids={ids} cacheKey={key} />
    </PlanDialog>
  );
}

function CancelPlanView({
  ids,
  cacheKey,
}: {
  ids: string[];
  cacheKey: readonly string[];
}): ReactNode {
  const plan = useQuery({
    queryKey: cacheKey,
    // A filter is answered with a plan.
    queryFn: async ({ signal }) =>
      (await rat.runs.cancelMany({ filter: { ids } }, { signal })) as CancelPlan,
    staleTime: 0,
    gcTime: 0,
  });
  return (
    <Answer of={plan} rows={3}>
      {({ runs }) => (
        <>
          {runs.length < ids.length && (
            <p>{countOf(ids.length - runs.length, 'run')} ended meanwhile.</p>
          )}
          <ul className={styles.list}>
            {runs.map((run) => (
              <li key={run.id}>
                {addressOf(run)} <code>{shortId(run.id)}</code> {run.status}
              </li>
            ))}
          </ul>
        </>
      )}
    </Answer>
  );
}

/** As many as one request takes. */
const RERUNS_AT_ONCE = 200;

async function rerunAll(ids: readonly string[]): Promise<AnswerOf<'rerunRuns'>> {
  const done: AnswerOf<'rerunRuns'> = { runs: [], refused: [] };
  for (let at = 0; at < ids.length; at += RERUNS_AT_ONCE) {
    const some = await rat.runs.rerunMany({ ids: ids.slice(at, at + RERUNS_AT_ONCE) });
    done.runs.push(...some.runs);
    done.refused.push(...some.refused);
  }
  return done;
}

function RerunMany({ runs: now }: { runs: readonly RunRow[] }): ReactNode {
  const { runs, onOpenChange } = useRunsOfOpening(now);
  return (
    <PlanDialog
      open={`Rerun ${runs.length}…`}
      title={`Run ${countOf(runs.length, 'run')} again?`}
      act="Rerun them"
      isOpenable={runs.length > 0}
      count={runs.length}
      onOpenChange={onOpenChange}
      onAct={() => rerunAll(runs.map(({ id }) => id))}
      renderDone={(done) => (
        <BulkOutcome
          done={`${countOf(done.runs.length, 'run')} made`}
          refused={done.refused.map(({ run_id: id, reason }) => [id, reason])}
        />
      )}
    >
      <p>Each runs its pipeline as it is today.</p>
      <ul className={styles.list}>
        {runs.map((run) => (
          <li key={run.id}>
            {addressOf(run)} <code>{shortId(run.id)}</code>
          </li>
        ))}
      </ul>
    </PlanDialog>
  );
}
