import type { AnswerOf } from '@rat/contracts';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { rat } from '../../client.ts';
import { countOf, formatCount } from '../../parts/numbers.ts';
import { Answer } from '../../parts/answer.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Lines, NumberCell } from '../../parts/lines.tsx';
import { Time } from '../../time.tsx';
import type { TablePlace } from './table-place.ts';
import styles from './table-screen.module.css';

type Column = AnswerOf<'getTableProfile'>['columns'][number];
type Histogram = NonNullable<Column['histogram']>;

/** Frequent values that a line has room for. */
const TOP_SHOWN = 3;

/** What the values of each column are like. */
export function ProfileTab({ place }: { place: TablePlace }): ReactNode {
  const { namespace, layer, name } = place;
  const profile = useQuery({
    queryKey: ['table-profile', namespace, layer, name],
    queryFn: ({ signal }) => rat.tables.profile(place, { signal }),
  });
  return (
    <Answer of={profile} rows={10}>
      {(found) =>
        found.columns.length === 0 ? (
          <Empty title="The table has no columns yet" />
        ) : (
          <>
            <div className={styles.tools}>
              <span className={styles.quiet}>
                {countOf(found.rows, 'row')}, computed <Time at={found.computed_at} />. Distinct
                values are an estimate.
                {found.columns_skipped > 0 &&
                  ` ${countOf(found.columns_skipped, 'further column')} without a profile.`}
              </span>
            </div>
            <Lines
              of="profile of the columns"
              columns={[
                { name: 'Column' },
                { name: 'Type' },
                { name: 'Empty', as: 'number' },
                { name: 'Distinct', as: 'number' },
                { name: 'Smallest' },
                { name: 'Largest' },
                { name: 'Distribution' },
              ]}
            >
              {found.columns.map((column) => (
                <ProfileLine key={column.id} column={column} rows={found.rows} />
              ))}
            </Lines>
          </>
        )
      }
    </Answer>
  );
}

function ProfileLine({ column, rows }: { column: Column; rows: number }): ReactNode {
  return (
    <tr>
      <th scope="row">
        <code>{column.name}</code>
      </th>
      <td>
        <code>{column.type}</code>
      </td>
      <NumberCell>
        {column.nulls === 0 ? (
          <span className={styles.quiet}>none</span>
        ) : (
          `${formatCount(column.nulls)} · ${formatShare(column.nulls, rows)}`
        )}
      </NumberCell>
      <NumberCell>{formatCount(column.distinct)}</NumberCell>
      <td>
        <Cut text={column.min} />
      </td>
      <td>
        <Cut text={column.max} />
      </td>
      <td>
        {column.histogram !== null && <Bars of={column.histogram} name={column.name} />}
        {column.top_values !== null && <TopValues of={column.top_values} />}
      </td>
    </tr>
  );
}

function formatShare(part: number, whole: number): string {
  const percent = whole === 0 ? 0 : (part / whole) * 100;
  return percent > 0 && percent < 0.1 ? '< 0.1 %' : `${percent.toFixed(percent < 10 ? 1 : 0)} %`;
}

function Cut({ text }: { text: string | null }): ReactNode {
  return (
    text !== null && (
      <span className={styles.cut} title={text}>
        {text}
      </span>
    )
  );
}

/** How many rows each range of values has. The words have the same content. */
function Bars({ of, name }: { of: Histogram; name: string }): ReactNode {
  const most = Math.max(1, ...of.map(({ rows }) => rows));
  const words = of.map(({ from, to, rows }) => `${from} to ${to}: ${countOf(rows, 'row')}`);
  return (
    // The bars are no file that an img could name.
    // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
    <span role="img" aria-label={`${name}: ${words.join('; ')}`} className={styles.bars}>
      {of.map(({ from, to, rows }, index) => (
        <span
          key={`${from}`}
          className={styles.bar}
          title={words[index] ?? `${from} to ${to}`}
          style={{ height: `${Math.max(3, (rows / most) * 100)}%` }}
        />
      ))}
    </span>
  );
}

function TopValues({ of }: { of: NonNullable<Column['top_values']> }): ReactNode {
  return (
    <dl className={styles.values}>
      {of.slice(0, TOP_SHOWN).map(({ value, rows }) => [
        <dt key={`${value} value`} title={value}>
          {value === '' ? '(empty text)' : value}
        </dt>,
        <dd key={`${value} rows`}>{formatCount(rows)}</dd>,
      ])}
    </dl>
  );
}
