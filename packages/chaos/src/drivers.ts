import type { RatClient } from '@rat/client';
import type { Layer, PipelineRef } from '@rat/domain';

/** A row of every driver's table but `totals`. */
export interface Row {
  id: number;
  part: number;
  tag: number;
  n: number;
  h: number;
}

export const DRIVER_KINDS = ['mirror', 'ledger', 'keyed', 'parts', 'guarded', 'totals'] as const;

/**
 * A pipeline whose table content is computed here, apart from the product. A run's rows follow
 * from the tag in the version that it pinned. The table's content follows from the order of the
 * runs that published.
 * - mirror: the newest run's rows. ledger: the rows of every run, so that a lost or doubled publish
 *   shows.
 * - keyed: the newest row of each id. parts: the newest rows of each part, as a whole.
 * - guarded: a ledger whose odd tags fail their quality test and must never be public.
 * - totals: one row about the ledger, as of the snapshot that the run reports as its input.
 */
export type DriverKind = (typeof DRIVER_KINDS)[number];

export interface Driver {
  kind: DriverKind;
  ref: PipelineRef;
  /** The same as `namespace/layer/name`. */
  path: string;
  /** The ledger of the same turn, which `totals` reads. */
  ledger: string;
}

/** How much work a version does beside writing its tag, as counts of numbers to hash. */
export interface Effort {
  build: number;
  audit: number;
}

const CONFIGS: Record<DriverKind, object> = {
  mirror: {},
  ledger: { merge_strategy: 'append_only' },
  keyed: { merge_strategy: 'incremental', unique_key: 'id' },
  parts: { merge_strategy: 'delete_insert', unique_key: 'part' },
  guarded: { merge_strategy: 'append_only' },
  totals: {},
};

/** Enough retries for every fault that a run may meet: a run that is not cancelled must succeed. */
const PATIENCE = { max_retries: 20, retry_delay_seconds: 0.2 };

/** The drivers of one turn. Their names are unique to the turn. */
export function driversOf(turn: number): Driver[] {
  const ledger = `ledger-${turn}`;
  return DRIVER_KINDS.map((kind) => {
    const ref = { namespace: 'default', layer: layerOf(kind), name: `${kind}-${turn}` };
    return { kind, ref, path: `default/${ref.layer}/${ref.name}`, ledger };
  });
}

function layerOf(kind: DriverKind): Layer {
  return kind === 'totals' ? 'silver' : 'bronze';
}

/** The PUT body of the driver's version with this tag. */
export function versionOf(
  driver: Driver,
  tag: number,
  effort: Effort,
): Parameters<RatClient['pipelines']['put']>[1] {
  const busy = (numbers: number): string =>
    `(SELECT count(*) FROM range(${numbers}) w(x) WHERE hash(x) = 1)`;
  const rows = `SELECT (n * 3 + tag) % 11 AS id, tag % 4 AS part, tag, n, (n * 7919 + tag * 104729) % 1009 AS h
FROM (SELECT ${tag}::INTEGER AS tag, range::INTEGER AS n FROM range(${rowCount(tag)})) s`;
  const totals = `SELECT ${tag}::INTEGER AS tag, count(*)::INTEGER AS n, sum(h)::INTEGER AS h
FROM {{ ref('bronze.${driver.ledger}') }}`;
  const sql = driver.kind === 'totals' ? `SELECT * FROM (${totals}) s` : rows;
  const forbidden = `SELECT * FROM {{ this }} WHERE tag = ${tag} AND tag % 2 = 1`;
  return {
    sql: `${sql} WHERE ${busy(effort.build)} >= 0`,
    config: { ...CONFIGS[driver.kind], ...PATIENCE },
    quality_tests: [
      { name: 'takes_its_time', sql: `SELECT 1 WHERE ${busy(effort.audit)} < 0` },
      ...(driver.kind === 'guarded' ? [{ name: 'no_odd_tag', sql: forbidden }] : []),
    ],
  };
}

/** The tag of a version, parsed from its SQL. */
export function tagOf(sql: string): number {
  const found = /(\d+)::INTEGER AS tag/.exec(sql)?.[1];
  if (found === undefined) throw new Error('the version of a driver has no tag');
  return Number(found);
}

/** Whether the version's quality test fails. */
export function isForbidden(kind: DriverKind, tag: number): boolean {
  return kind === 'guarded' && tag % 2 === 1;
}

/** The content of the driver's table after runs with these tags published, in this order. */
export function contentAfter(kind: Exclude<DriverKind, 'totals'>, tags: readonly number[]): Row[] {
  let content: Row[] = [];
  for (const tag of tags) {
    const added = rowsOf(tag);
    const ids = new Set(added.map((row) => row.id));
    switch (kind) {
      case 'mirror':
        content = [];
        break;
      case 'ledger':
      case 'guarded':
        break;
      case 'keyed':
        content = content.filter((row) => !ids.has(row.id));
        break;
      case 'parts':
        content = content.filter((row) => row.part !== tag % 4);
        break;
    }
    content = [...content, ...added];
  }
  return content;
}

/** The row that a run of `totals` with this tag writes when the ledger holds these rows. */
export function totalsOf(tag: number, ledger: readonly Row[]): Pick<Row, 'tag' | 'n' | 'h'> {
  return { tag, n: ledger.length, h: ledger.reduce((sum, row) => sum + row.h, 0) };
}

function rowCount(tag: number): number {
  return 3 + (tag % 5);
}

function rowsOf(tag: number): Row[] {
  return Array.from({ length: rowCount(tag) }, (_, n) => ({
    id: (n * 3 + tag) % 11,
    part: tag % 4,
    tag,
    n,
    h: (n * 7919 + tag * 104729) % 1009,
  }));
}
