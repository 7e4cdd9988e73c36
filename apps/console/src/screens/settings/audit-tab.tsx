import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { rat } from '../../client.ts';
import { Answer } from '../../parts/answer.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Lines, NumberCell, WordsCell } from '../../parts/lines.tsx';
import { countOf } from '../../parts/numbers.ts';
import { Time } from '../../time.tsx';
import type { AuditFilter, SettingsUrl } from '../../url/settings-url.ts';
import styles from './settings-screen.module.css';

const PAGE = 100;
const FIELDS: readonly { name: AuditFilter; words: string; example: string }[] = [
  { name: 'who', words: 'Who', example: 'ana' },
  { name: 'action', words: 'Action', example: 'cancelRun' },
  { name: 'resource', words: 'On what', example: 'pipelines/default' },
  { name: 'namespace', words: 'Namespace', example: 'default' },
  { name: 'from', words: 'From', example: '2026-02-12T14:00:00Z' },
  { name: 'to', words: 'Before', example: '2026-02-13' },
];

/** Who changed what, newest first. */
export function AuditTab({ url }: { url: SettingsUrl }): ReactNode {
  const navigate = useNavigate();
  const { who, action, resource, namespace, from, to, cursor } = url;
  const filters = { who, action, resource, namespace, from, to };
  const entries = useQuery({
    queryKey: ['audit', filters, cursor],
    queryFn: ({ signal }) =>
      rat.audit.list({ ...filters, cursor, limit: PAGE }, { signal }).first(),
    placeholderData: keepPreviousData,
    // It grows with each act, and a person who looks wants the newest.
    staleTime: 0,
  });
  const change = (next: SettingsUrl): void => {
    void navigate({ to: '.', search: (before) => ({ ...before, ...next }) });
  };
  const isFiltered = Object.values(filters).some((value) => value !== undefined);
  const clear = (): void =>
    change({ who: '', action: '', resource: '', namespace: '', from: '', to: '', cursor: '' });
  return (
    <div className={styles.sections}>
      <form
        // The fields show the address again when it changes.
        key={JSON.stringify(filters)}
        className={styles.form}
        aria-label="filters of the audit log"
        onSubmit={(event) => {
          event.preventDefault();
          const given = new FormData(event.currentTarget);
          const texts = FIELDS.map(({ name }) => {
            const text = given.get(name);
            return [name, typeof text === 'string' ? text.trim() : ''];
          });
          change({ ...Object.fromEntries(texts), cursor: '' });
        }}
      >
        {FIELDS.map(({ name, words, example }) => (
          <label key={name}>
            {words}
            <input name={name} defaultValue={url[name] ?? ''} placeholder={example} />
          </label>
        ))}
        <button type="submit">Filter</button>
        {isFiltered && (
          <button type="button" onClick={clear}>
            Clear
          </button>
        )}
      </form>
      <Answer of={entries} rows={12}>
        {(page) =>
          page.entries.length === 0 ? (
            <Empty
              title={isFiltered ? 'No entry fits these filters' : 'Nobody has changed anything yet'}
            />
          ) : (
            <>
              <p className={styles.row}>
                <span className={styles.quiet}>
                  {countOf(page.total, 'entry', 'entries')}
                  {isFiltered && ' that fit'}
                </span>
                {cursor !== undefined && (
                  <button type="button" onClick={() => change({ cursor: '' })}>
                    Newest
                  </button>
                )}
                {page.next_cursor !== null && (
                  <button type="button" onClick={() => change({ cursor: page.next_cursor ?? '' })}>
                    Older →
                  </button>
                )}
              </p>
              <Lines
                of="entries of the audit log"
                columns={[
                  { name: 'At' },
                  { name: 'Who' },
                  { name: 'Action' },
                  { name: 'On what' },
                  { name: 'Status', as: 'number' },
                  { name: 'Outcome', as: 'words' },
                  { name: 'From' },
                  { name: 'Request' },
                ]}
              >
                {page.entries.map((entry) => (
                  <tr key={entry.id}>
                    <td>
                      <Time at={entry.created_at} />
                    </td>
                    <td>{entry.user_id ?? <span className={styles.quiet}>not stated</span>}</td>
                    <td>{entry.action}</td>
                    <td>
                      {entry.resource}
                      {entry.objects !== null && ` · ${countOf(entry.objects.total, 'thing')}`}
                    </td>
                    <NumberCell>
                      <span className={entry.status >= 400 ? styles.bad : undefined}>
                        {entry.status}
                      </span>
                    </NumberCell>
                    <WordsCell>{entry.detail}</WordsCell>
                    <td>{entry.ip}</td>
                    <td>
                      <code title={entry.request_id}>{entry.request_id.slice(0, 13)}</code>
                    </td>
                  </tr>
                ))}
              </Lines>
            </>
          )
        }
      </Answer>
    </div>
  );
}
