import { useMutation } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { messageOf, rat } from '../client.ts';
import { useMay } from '../parts/may.ts';
import { Time } from '../time.tsx';
import styles from './pause-button.module.css';
import type { Starter } from './starters.ts';

/** Pauses a schedule or a trigger with a reason, and resumes it; others see whether it is paused. `onDone` reads the list again. */
export function PauseButton({
  starter,
  onDone,
}: {
  starter: Starter;
  onDone: () => Promise<unknown>;
}): ReactNode {
  const { id, kind, name, paused } = starter;
  const mayPause = useMay('operator');
  const [reason, setReason] = useState<string>();
  const api = kind === 'schedule' ? rat.schedules : rat.triggers;
  const change = useMutation({
    mutationFn: (act: { reason?: string } | 'resume'): Promise<unknown> =>
      act === 'resume' ? api.resume(id) : api.pause(id, act),
    onSuccess: () => {
      setReason(undefined);
      return onDone();
    },
  });
  const problem = change.isError && <p className={styles.problem}>{messageOf(change.error)}</p>;
  if (paused !== null) {
    const { at, by, reason: why } = paused;
    return (
      <div className={styles.paused}>
        {mayPause && (
          <button type="button" onClick={() => change.mutate('resume')}>
            Resume
          </button>
        )}{' '}
        paused <Time at={at} />
        {by !== null && ` by ${by}`}
        {why !== null && `: ${why}`}
        {problem}
      </div>
    );
  }
  if (!mayPause) return null;
  if (reason === undefined)
    return (
      <>
        <button type="button" aria-label={`pause ${name}`} onClick={() => setReason('')}>
          Pause…
        </button>
        {problem}
      </>
    );
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate(reason.trim() === '' ? {} : { reason: reason.trim() });
      }}
    >
      <input
        aria-label={`why ${name} is paused`}
        placeholder="Why"
        // The person has just opened this field.
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        value={reason}
        onChange={({ target }) => setReason(target.value)}
      />
      <button type="submit">Pause</button>
      <button type="button" onClick={() => setReason(undefined)}>
        Back
      </button>
      {problem}
    </form>
  );
}
