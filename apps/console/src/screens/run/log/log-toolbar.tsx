import { PHASES } from '@rat/domain';
import { useEffect, useRef, type ReactNode } from 'react';
import type { RunUrl } from '../../../url/run-url.ts';
import type { FindWish } from './find-lines.ts';
import { LEVELS } from './log-lines.ts';
import styles from './log-toolbar.module.css';
import type { RunLogState } from './run-log.ts';

interface LogToolbarProps {
  runId: string;
  log: RunLogState;
  url: RunUrl;
  onChange: (change: Partial<RunUrl>) => void;
  find: FindWish & { at: number; count: number; problem: string | undefined };
  onFind: (wish: FindWish) => void;
  onStep: (by: number) => void;
  errors: number;
  onNextError: () => void;
  isFollowing: boolean;
  /** Absent once the run has ended. */
  onFollow: ((isFollowing: boolean) => void) | undefined;
}

/** Finding, filtering, following and taking away a log. Ctrl-F is caught here: the browser sees only the lines in the page. */
export function LogToolbar(props: LogToolbarProps): ReactNode {
  const { runId, log, url, onChange, find, onFind, onStep, errors, onNextError } = props;
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || event.key !== 'f') return;
      event.preventDefault();
      field.current?.focus();
      field.current?.select();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  const { isFollowing, onFollow } = props;
  const { at, count, problem, ...wish } = find;
  const attempts = Math.max(1, ...log.lines.slice(-1).map(({ attempt }) => attempt));
  const download = `/api/v1/runs/${runId}/logs?format=`;
  return (
    <div role="toolbar" aria-label="log tools" className={styles.bar}>
      <input
        ref={field}
        type="search"
        aria-label="find in the log"
        placeholder="Find (Ctrl-F)"
        className={styles.find}
        value={wish.text}
        onChange={({ target }) => onFind({ ...wish, text: target.value })}
        onKeyDown={({ key, shiftKey }) => key === 'Enter' && onStep(shiftKey ? -1 : 1)}
      />
      <output className={styles.count}>
        {problem ?? (wish.text === '' ? '' : `${at < 0 ? '' : `${at + 1} of `}${count}`)}
      </output>
      <button type="button" aria-label="previous match" onClick={() => onStep(-1)}>
        ↑
      </button>
      <button type="button" aria-label="next match" onClick={() => onStep(1)}>
        ↓
      </button>
      <button
        type="button"
        aria-label="match capital letters"
        aria-pressed={wish.isExact}
        onClick={() => onFind({ ...wish, isExact: !wish.isExact })}
      >
        Aa
      </button>
      <button
        type="button"
        aria-label="regular expression"
        aria-pressed={wish.isPattern}
        onClick={() => onFind({ ...wish, isPattern: !wish.isPattern })}
      >
        .*
      </button>
      <Choice name="level" value={url.level} all="all levels" onChange={onChange}>
        {LEVELS.slice(1).map((level) => (
          <option key={level} value={level}>
            {level === 'error' ? 'errors' : `${level} and above`}
          </option>
        ))}
      </Choice>
      <Choice name="phase" value={url.phase} all="all phases" onChange={onChange}>
        {PHASES.map((phase) => (
          <option key={phase}>{phase}</option>
        ))}
      </Choice>
      {attempts > 1 && (
        <Choice name="attempt" value={url.attempt} all="all tries" onChange={onChange}>
          {Array.from({ length: attempts }, (_, nth) => (
            <option key={nth + 1} value={nth + 1}>
              try {nth + 1}
            </option>
          ))}
        </Choice>
      )}
      <label className={styles.check}>
        <input
          type="checkbox"
          checked={url.wrap === 'yes'}
          onChange={({ target }) => onChange({ wrap: target.checked ? 'yes' : undefined })}
        />
        wrap
      </label>
      {onFollow !== undefined && (
        <label className={styles.check}>
          <input
            type="checkbox"
            checked={isFollowing}
            onChange={({ target }) => onFollow(target.checked)}
          />
          follow
        </label>
      )}
      <span className={styles.end}>
        {errors > 0 && (
          <button type="button" className={styles.errors} onClick={onNextError}>
            ✕ {errors} {errors === 1 ? 'error' : 'errors'} ↓
          </button>
        )}
        <a href={`${download}text`} download={`${runId}.log`}>
          text
        </a>
        <a href={`${download}ndjson`} download={`${runId}.ndjson`}>
          NDJSON
        </a>
      </span>
    </div>
  );
}

interface ChoiceProps {
  name: 'level' | 'phase' | 'attempt';
  value: string | undefined;
  all: string;
  onChange: (change: Partial<RunUrl>) => void;
  children: ReactNode;
}

function Choice({ name, value, all, onChange, children }: ChoiceProps): ReactNode {
  return (
    <select
      aria-label={name}
      value={value ?? ''}
      onChange={({ target }) => onChange({ [name]: target.value || undefined })}
    >
      <option value="">{all}</option>
      {children}
    </select>
  );
}
