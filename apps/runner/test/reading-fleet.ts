import { startFleet, type Fleet } from '@rat/testing';

interface Answer {
  status: number;
  body: {
    columns?: { name: string; type: string }[];
    rows?: unknown[];
    row_count?: number;
    truncated?: boolean;
    error?: { code: string; type: string; message: string; issues?: { line?: number }[] };
  };
}

/** What the tests of reading do over HTTP. */
export interface Reading {
  /** Puts a pipeline and waits for its run, which fails where there are tests. Resolves with the id of the run. */
  publish: (path: string, sql: string, qualityTests?: object[]) => Promise<string>;
  send: (path: string, body?: object, signal?: AbortSignal) => Promise<Answer>;
  query: (sql: string, more?: object) => Promise<Answer>;
}

/** An installation with small limits of queries, and the tables silver.daily-orders and gold.totals. */
export async function startReadingFleet(): Promise<Fleet> {
  const fleet = await startFleet({
    backend: 'postgres',
    apis: 1,
    runners: 1,
    env: { RAT_QUERY_TIMEOUT: '8', RAT_QUERY_CONCURRENCY: '2', RAT_QUERY_MEMORY_MB: '128' },
  });
  const { publish } = readingOf(() => fleet);
  await publish('default/silver/daily-orders', 'SELECT i AS id, i % 3 AS k FROM range(5) r(i)');
  await publish(
    'default/gold/totals',
    'SELECT k, count(*) AS n FROM {{ ref("silver.daily-orders") }} GROUP BY k',
  );
  return fleet;
}

/** `fleet` is called in the tests only: it runs once they begin. */
export function readingOf(fleet: () => Fleet): Reading {
  const send: Reading['send'] = async (path, body, signal) => {
    const response = await fetch(`${fleet().apis[0]?.url}/api/v1${path}`, {
      ...(body === undefined
        ? {}
        : {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(body),
          }),
      ...(signal === undefined ? {} : { signal }),
    });
    return { status: response.status, body: (await response.json()) as Answer['body'] };
  };
  return {
    send,
    query: (sql, more = {}) => send('/query', { sql, rows_as: 'arrays', ...more }),
    publish: async (path, sql, qualityTests = []) => {
      const running = fleet();
      await running.putPipeline(path, { sql, quality_tests: qualityTests });
      const id = await running.createRun(path);
      await running.spy.waitFor(id, qualityTests.length === 0 ? 'success' : 'failed');
      return id;
    },
  };
}
