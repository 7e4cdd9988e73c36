import { FAILURE_CODES, LAYERS, RUN_KINDS, RUN_STATUSES, type RunStatus } from '@rat/domain';
import { useEffect, useState, type ReactNode } from 'react';
import { StatusMark } from '../../parts/status-mark.tsx';
import { filtersOf, type RunFilter, type RunsUrl } from '../../url/runs-url.ts';
import styles from './run-filters.module.css';

/** A person still types: the list is requested once, not for each letter. */
const TYPING_MS = 300;

const TIMES = [
  ['-1h', 'last hour'],
  ['-24h', 'last 24 hours'],
  ['-7d', 'last 7 days'],
  ['-30d', 'last 30 days'],
] as const;

/** The first word of a label: that of a schedule is `schedule:name`. */
const TRIGGERS = ['manual', 'schedule', 'trigger', 'rerun', 'reproduce', 'tests', 'maintenance'];

interface RunFiltersProps {
  url: RunsUrl;
  onChange: (change: Partial<RunsUrl>) => void;
  onClear: () => void;
}

/** What the list is filtered by. All of it is in the address. */
export function RunFilters({ url, onChange, onClear }: RunFiltersProps): ReactNode {
  const statuses = new Set(url.status?.split(','));
  const toggle = (status: RunStatus): void => {
    const next = RUN_STATUSES.filter((one) => statuses.has(one) !== (one === status));
    onChange({ status: next.join(',') || undefined });
  };
  const isQuarantined = url.disposition === 'quarantined';
  return (
    <search className={styles.filters} aria-label="filters of runs">
      <SearchField value={url.q ?? ''} onChange={(q) => onChange({ q: q || undefined })} />
      <div className={styles.statuses}>
        {RUN_STATUSES.map((status) => (
          <button
            key={status}
            type="button"
            aria-pressed={statuses.has(status)}
            onClick={() => toggle(status)}
          >
            <StatusMark mark={status} />
          </button>
        ))}
        <button
          type="button"
          aria-pressed={isQuarantined}
          onClick={() => onChange({ disposition: isQuarantined ? undefined : 'quarantined' })}
        >
          <StatusMark mark="quarantined" />
        </button>
      </div>
      <Choice name="from" url={url} all="any time" onChange={onChange} options={TIMES} />
      <Choice name="layer" url={url} all="all layers" onChange={onChange} options={same(LAYERS)} />
      <Choice
        name="trigger"
        url={url}
        all="any trigger"
        onChange={onChange}
        options={same(TRIGGERS)}
      />
      <Choice name="kind" url={url} all="all kinds" onChange={onChange} options={same(RUN_KINDS)} />
      <Choice
        name="failure_code"
        url={url}
        all="any failure"
        onChange={onChange}
        options={same(FAILURE_CODES)}
      />
      {filtersOf(url)
        .filter(([name]) => !SHOWN.has(name))
        .map(([name, value]) => (
          <button key={name} type="button" onClick={() => onChange({ [name]: undefined })}>
            {name}: {value} ×
          </button>
        ))}
      {filtersOf(url).length > 0 && (
        <button type="button" onClick={onClear}>
          Clear
        </button>
      )}
    </search>
  );
}

/** The filters that have a field of their own. */
const SHOWN = new Set<RunFilter>([
  'q',
  'status',
  'disposition',
  'from',
  'layer',
  'trigger',
  'kind',
  'failure_code',
]);

function same(words: readonly string[]): readonly (readonly [string, string])[] {
  return words.map((word) => [word, word]);
}

interface ChoiceProps {
  name: RunFilter;
  url: RunsUrl;
  all: string;
  options: readonly (readonly [value: string, words: string])[];
  onChange: (change: Partial<RunsUrl>) => void;
}

function Choice({ name, url, all, options, onChange }: ChoiceProps): ReactNode {
  const value = url[name] ?? '';
  const isOther = value !== '' && options.every(([one]) => one !== value);
  return (
    <select
      aria-label={name.replace('_', ' ')}
      value={value}
      onChange={({ target }) => onChange({ [name]: target.value || undefined })}
    >
      <option value="">{all}</option>
      {isOther && <option value={value}>{value}</option>}
      {options.map(([one, words]) => (
        <option key={one} value={one}>
          {words}
        </option>
      ))}
    </select>
  );
}

function SearchField({
  value,
  onChange,
}: {
  value: string;
  onChange: (value: string) => void;
}): ReactNode {
  const [text, setText] = useState(value);
  const [known, setKnown] = useState(value);
  // Back, and Clear, change the address without this field.
  if (known !== value) {
    setKnown(value);
    setText(value);
  }
  useEffect(() => {
    if (text === value) return undefined;
    const timer = setTimeout(() => onChange(text), TYPING_MS);
    return () => clearTimeout(timer);
    // Only what is typed counts: the callback is a new one each time.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [text]);
  return (
    <input
      type="search"
      aria-label="pipeline or id"
      placeholder="pipeline or id"
      value={text}
      onChange={({ target }) => setText(target.value)}
    />
  );
}
