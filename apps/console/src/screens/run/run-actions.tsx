import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useRef, useState, type ReactNode } from 'react';
import { rat } from '../../client.ts';
import { useKeys } from '../../keys/use-keys.ts';
import { hasEnded } from '../../live/patch-run.ts';
import { useMay } from '../../parts/may.ts';
import { PlanDialog } from '../../parts/plan-dialog.tsx';
import { Problem } from '../../parts/problem.tsx';
import { RevertDialog } from './revert-dialog.tsx';
import styles from './run-actions.module.css';
import type { RunFacts } from './run-facts.ts';

/** What can be done with a run now. */
export function RunActions({ run }: { run: RunFacts }): ReactNode {
  const mayRun = useMay('operator');
  const [isCancelling, setCancelling] = useState(false);
  const isPublished = run.status === 'success' || run.disposition === 'published';
  const canRevert =
    isPublished &&
    run.kind === 'pipeline' &&
    run.disposition !== 'reverted' &&
    run.output_snapshot_id !== null;
  if (!mayRun) return null;
  // The dialog stays until its outcome was read, although the run has ended by then.
  if (!hasEnded(run.status) || isCancelling) {
    return (
      <div className={styles.actions}>
        <PlanDialog
          open="Cancel…"
          openedBy="cancel"
          title="Cancel this run?"
          act="Cancel the run"
          reason="optional"
          isOpenable={run.cancel === null}
          onAct={(reason) => rat.runs.cancel(run.id, { reason })}
          onOpenChange={setCancelling}
          renderDone={() => <p>The run is cancelled. Nothing of it was published.</p>}
        >
          <p>Its SQL is interrupted, and nothing of it is published.</p>
        </PlanDialog>
      </div>
    );
  }
  return (
    <div className={styles.actions}>
      <Again run={run} />
      {canRevert && <RevertDialog run={run} />}
    </div>
  );
}

/** Rerun takes the pipeline as it is today. Reproduce takes its version and its snapshots of then. */
function Again({ run }: { run: RunFacts }): ReactNode {
  const navigate = useNavigate();
  const make = useMutation({
    // The client makes the key of a press, so that a press makes one run however often it is sent.
    mutationFn: (how: 'rerun' | 'reproduce') => rat.runs[how](run.id),
    onSuccess: ({ run_id: runId }) => navigate({ to: '/runs/$runId', params: { runId } }),
  });
  const isOff = make.isPending || make.isSuccess;
  const again = useRef<HTMLButtonElement>(null);
  // Two presses may come before the page is drawn once, with the button off.
  const isSent = useRef(false);
  const start = (how: 'rerun' | 'reproduce'): void => {
    if (isSent.current) return;
    isSent.current = true;
    make.mutate(how, { onError: () => (isSent.current = false) });
  };
  useKeys({ rerun: () => again.current?.click() });
  return (
    <>
      <button
        ref={again}
        type="button"
        disabled={isOff}
        aria-keyshortcuts="r"
        title="runs the pipeline as it is today"
        onClick={() => start('rerun')}
      >
        Rerun
      </button>
      <button
        type="button"
        disabled={isOff}
        title={`runs version ${run.pipeline_version} on the snapshots that this run read`}
        onClick={() => start('reproduce')}
      >
        Reproduce
      </button>
      {make.isError && <Problem title="No run was made" error={make.error} />}
    </>
  );
}
