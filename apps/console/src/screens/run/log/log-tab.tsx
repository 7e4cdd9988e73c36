import { useNavigate, useRouterState } from '@tanstack/react-router';
import { useCallback, useMemo, useState, type ReactNode } from 'react';
import { Problem } from '../../../parts/problem.tsx';
import { parseLines, printLines, type LineRange, type RunUrl } from '../../../url/run-url.ts';
import { useKeys } from '../../../keys/use-keys.ts';
import { hasEnded } from '../../../live/patch-run.ts';
import type { RunFacts } from '../run-facts.ts';
import { LEVELS, type LogFilter } from './log-lines.ts';
import styles from './log-toolbar.module.css';
import { LogToolbar } from './log-toolbar.tsx';
import { LogView } from './log-view.tsx';
import type { RunLog, RunLogState } from './run-log.ts';
import { useFind } from './use-find.ts';
import { useShownLines } from './use-shown-lines.ts';

interface LogTabProps {
  run: RunFacts;
  url: RunUrl;
  stream: RunLog;
  log: RunLogState;
}

/** The log of a run: all its lines, found, filtered, linked and copied. */
export function LogTab({ run, url, stream, log }: LogTabProps): ReactNode {
  const navigate = useNavigate();
  const hash = useRouterState({ select: ({ location }) => location.hash });
  const seek = useRouterState({ select: ({ location }) => location.state.seek });
  const range = parseLines(hash);
  const filter = useMemo(() => toFilter(url), [url]);
  const [columns, setColumns] = useState<number>();
  const shown = useShownLines(log, filter, columns);
  const { errors } = shown;
  const [text, setText] = useState(url.find ?? '');
  const [modes, setModes] = useState({ isExact: false, isPattern: false });
  const found = useFind({ text, ...modes }, { lines: log.lines, shown });
  const [at, setAt] = useState(-1);
  const [isFollowing, setFollowing] = useState(!hasEnded(run.status) && range === undefined);
  const [goal, setGoal] = useState<{ place: number }>();

  // The log shows the lines of each new address, and first of all the first error of a run that failed.
  const [reached, setReached] = useState<string>();
  const [sought, setSought] = useState(seek);
  const [firstError] = errors;
  const isSought = reached !== hash || (seek !== undefined && seek !== sought);
  if (range !== undefined && isSought && log.count >= range.from) {
    setReached(hash);
    setSought(seek);
    setFollowing(false);
    setGoal({ place: shown.placeOf(range.from - 1) });
  } else if (range === undefined && reached === undefined && firstError !== undefined) {
    setReached('');
    if (run.status === 'failed') setGoal({ place: firstError });
  }

  const change = (next: Partial<RunUrl>): void => {
    void navigate({
      to: '.',
      search: (before) => ({ ...before, ...next }),
      hash: true,
      replace: true,
      resetScroll: false,
    });
  };
  const onRange = useCallback(
    (next: LineRange) => {
      // The person sees these lines already.
      setReached(printLines(next));
      void navigate({ to: '.', search: true, hash: printLines(next), replace: true });
    },
    [navigate],
  );
  const goTo = (place: number): void => {
    setFollowing(false);
    setGoal({ place });
  };
  const step = (by: number): void => {
    if (found.places.length === 0) return;
    const next = (at + by + found.places.length) % found.places.length;
    setAt(next);
    goTo(found.places[next] ?? 0);
  };
  const nextError = (): void => {
    const here = goal?.place ?? -1;
    goTo(errors.find((place) => place > here) ?? errors[0] ?? 0);
  };
  const previousError = (): void => {
    const here = goal?.place ?? 0;
    goTo(errors.findLast((place) => place < here) ?? errors.at(-1) ?? 0);
  };
  useKeys({
    follow: hasEnded(run.status) ? undefined : () => setFollowing((before) => !before),
    nextError,
    previousError,
  });

  const noLine = whyNoLine(run, log);
  if (noLine !== undefined) {
    return (
      <section aria-label="log">
        <p className={styles.foot}>{noLine}</p>
      </section>
    );
  }
  return (
    <section aria-label="log" className={styles.log}>
      <LogToolbar
        runId={run.id}
        log={log}
        url={url}
        onChange={change}
        find={{ text, ...modes, at, count: found.places.length, problem: found.problem }}
        onFind={(next) => {
          setText(next.text);
          setModes({ isExact: next.isExact, isPattern: next.isPattern });
          setAt(-1);
        }}
        onStep={step}
        errors={errors.length}
        onNextError={nextError}
        isFollowing={isFollowing}
        onFollow={hasEnded(run.status) ? undefined : setFollowing}
      />
      {log.problem !== undefined && (
        <Problem title="The log has broken off" error={log.problem} onRetry={stream.retry} />
      )}
      <LogView
        lines={log.lines}
        shown={shown}
        found={found}
        goal={goal}
        range={range}
        onRange={onRange}
        isLive={log.end === undefined}
        isFollowing={isFollowing}
        onFollow={setFollowing}
        isWrapped={url.wrap === 'yes'}
        columns={columns}
        onColumns={setColumns}
      />
      <LogFoot log={log} shown={shown.length} />
    </section>
  );
}

/** Why there is no line, and none is about to come; undefined while there may be some. */
function whyNoLine(run: RunFacts, log: RunLogState): string | undefined {
  if (log.count > 0 || log.problem !== undefined) return undefined;
  if (log.end !== undefined) return 'The run wrote no line.';
  return run.status === 'pending' ? 'There is no line yet: the run has not started.' : undefined;
}

function LogFoot({ log, shown }: { log: RunLogState; shown: number }): ReactNode {
  const part = shown === log.count ? '' : `${shown} of `;
  const lines = `${part}${log.count} ${log.count === 1 ? 'line' : 'lines'}`;
  if (log.end === undefined) {
    return <p className={styles.foot}>{log.count === 0 ? 'No line yet' : `${lines} so far`}</p>;
  }
  const checksum = log.isVerified ? ', checksum right ✓' : '';
  return (
    <p className={styles.foot} title={`sha256 ${log.end.sha256}`}>
      {log.count === log.end.lines ? `complete: ${lines}${checksum}` : lines}
    </p>
  );
}

function toFilter({ level, phase, attempt }: RunUrl): LogFilter {
  return {
    level: LEVELS.find((one) => one === level),
    phase,
    attempt: attempt === undefined ? undefined : Number(attempt),
  };
}
