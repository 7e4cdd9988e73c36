import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { endEvent, runLogs } from '@rat/contracts';
import { appendEvents, claimRun, createRun, type NewRunEvent } from '@rat/store';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';
import { LogReader } from './log-reader.ts';
import { ORDERS } from './simulated-runner.ts';

function line(
  level: NewRunEvent['level'],
  phase: NewRunEvent['phase'],
  message: string,
): NewRunEvent {
  return { kind: 'log', at: new Date('2026-02-12T14:00:01.000Z'), level, phase, message };
}

describe('the formats of a log, and its filters', () => {
  let api: ApiFixture;
  let http: ReturnType<typeof supertest>;
  let logs: LogReader;
  let runId: string;

  const get = (query: string, accept = 'application/json') =>
    http.get(`/api/v1/runs/${runId}/logs${query}`).set('Accept', accept);
  const messages = async (query: string): Promise<string[]> =>
    runLogs.parse((await get(query).expect(200)).body).logs.map((one) => one.message);

  beforeAll(async () => {
    api = await openApi();
    http = supertest(api.url);
    logs = new LogReader(api.url);
    ({ id: runId } = await createRun(api.db, { pipeline: ORDERS, trigger: { kind: 'manual' } }));
    await claimRun(api.db, { runId, attempt: 1 }, { runnerId: 'r', leaseMs: 60_000 });
    await appendEvents(api.db, { runId, attempt: 1, alreadyAppended: 0 }, [
      line('debug', 'detect', 'SELECT\n1'),
      line('info', 'build', 'Building Ü'),
      {
        kind: 'progress',
        at: new Date(),
        phase: 'build',
        payload: { percent: 40, rows: 7, memory_bytes: 1_000 },
      },
      line('warn', 'build', 'Slow 100%'),
      line('error', 'write', 'Disk full'),
    ]);
    const failure = { code: 'disk_full', message: 'Disk full' } as const;
    await api.runner.settle(runId, { kind: 'retry', failure, delayMs: 0 });
    await api.runner.claim(runId, 2);
    await api.runner.log(runId, ['second try'], 2);
    await api.runner.succeed(runId, 1, 2);
  });
  afterAll(async () => {
    logs.closeAll();
    await api.close();
  });

  test.each([
    ['?level=warn', ['Slow 100%', 'Disk full']],
    ['?phase=build&attempt=1', ['Building Ü', 'Slow 100%']],
    ['?attempt=2&q=TRY', ['second try']],
    ['?q=100%25', ['Slow 100%']],
    ['?q=ü', ['Building Ü']],
    ['?q=nobody', []],
    ['?after=6&phase=write', ['Disk full']],
    ['?level=&phase=&q=', ['SELECT\n1', 'Building Ü', 'Slow 100%', 'Disk full', 'second try']],
  ])('the filter %s returns exactly the matching lines', async (query, expected) => {
    const found = await messages(encodeURI(query).replaceAll('%2525', '%25'));
    expect(found.filter((message) => !message.startsWith('Published'))).toEqual(expected);
  });

  test('the pages of a log with a limit make up the whole log, and only the last page has no next one', async () => {
    const whole = await messages('');
    const paged: string[] = [];
    let after: number | undefined = 0;
    let pages = 0;
    while (after !== undefined) {
      const { body } = await get(`?limit=2&after=${after}`).expect(200);
      const page = runLogs.parse(body);
      expect(page.logs.length).toBeLessThanOrEqual(2);
      paged.push(...page.logs.map((one) => one.message));
      after = page.next_after;
      pages += 1;
    }
    expect(paged).toEqual(whole);
    expect(pages).toBe(3);
    for (const query of ['', '?limit=6']) {
      expect((await get(query).expect(200)).body).not.toHaveProperty('next_after');
    }
  });

  test('JSON without a limit has 10,000 lines and the next position, and a download has all lines', async () => {
    const { id } = await createRun(api.db, { pipeline: ORDERS, trigger: { kind: 'manual' } });
    await claimRun(api.db, { runId: id, attempt: 1 }, { runnerId: 'r', leaseMs: 60_000 });
    const lines = Array.from({ length: 10_001 }, (_, n) => line('info', 'build', `line ${n + 1}`));
    await appendEvents(api.db, { runId: id, attempt: 1, alreadyAppended: 0 }, lines);
    const ask = (query: string) => http.get(`/api/v1/runs/${id}/logs${query}`).expect(200);

    const first = runLogs.parse((await ask('')).body);
    expect(first.logs).toHaveLength(10_000);
    expect(first.next_after).toBe(first.logs.at(-1)?.seq);
    const { body } = await ask(`?after=${first.next_after}`);
    expect(runLogs.parse(body).logs.map(({ message }) => message)).toEqual(['line 10001']);
    expect(body).not.toHaveProperty('next_after');

    for (const format of ['ndjson', 'text']) {
      const answer = await fetch(logs.url(id, `?format=${format}`));
      expect((await answer.text()).match(/line \d+/g)).toHaveLength(10_001);
    }
  });

  test('a tail has the last lines that the filters let pass, and next_before leads up to the first line', async () => {
    const whole = runLogs.parse((await get('').expect(200)).body).logs;
    const read: number[] = [];
    let query = '?tail=2';
    for (let pages = 0; pages < whole.length; pages += 1) {
      const { logs, next_before } = runLogs.parse((await get(query).expect(200)).body);
      read.unshift(...logs.map(({ seq }) => seq));
      if (next_before === undefined) break;
      expect(next_before).toBe(logs[0]?.seq);
      query = `?tail=2&before=${next_before}`;
    }
    expect(read).toEqual(whole.map(({ seq }) => seq));
    expect(await messages('?tail=1&level=warn')).toEqual(['Disk full']);
    expect(await messages('?tail=2&attempt=1')).toEqual(['Slow 100%', 'Disk full']);
    expect(await messages(`?before=${whole[2]?.seq}`)).toEqual(
      whole.slice(0, 2).map(({ message }) => message),
    );
    expect(await messages('?before=1&tail=3')).toEqual([]);
    const text = await get('?tail=1&level=warn', 'text/plain').expect(200);
    expect(text.text.split('\n').filter((one) => !one.startsWith('#'))).toEqual([
      expect.stringContaining('Disk full'),
      '',
    ]);
  });

  test.each([
    ['?tail=0', 'tail'],
    ['?tail=1001', 'tail'],
    ['?before=0', 'before'],
    ['?tail=5&limit=5', 'tail'],
    ['?tail=5&format=event-stream', 'tail'],
    ['?before=5&format=event-stream', 'before'],
  ])('the range %s is a 400 that names the parameter', async (query, path) => {
    const answer = await get(query).expect(400);
    expect(answer.body.error.issues[0].path).toBe(path);
  });

  test.each(['?limit=0', '?limit=10001', '?level=loud', '?phase=x', '?attempt=-1', '?format=xml'])(
    'the log with the invalid query %s is a 400',
    async (query) => {
      await get(query).expect(400);
    },
  );

  test('the SHA-256 of the NDJSON log equals the digest in the stream’s end event', async () => {
    for (const [query, accept] of [
      ['', 'application/x-ndjson'],
      ['?format=ndjson', '*/*'],
    ] as const) {
      const answer = await fetch(logs.url(runId, query), { headers: { accept } });
      expect(answer.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8');
      const body = Buffer.from(await answer.arrayBuffer());
      const sha256 = createHash('sha256').update(body).digest('hex');
      const events = await logs.collect(runId);
      const end = endEvent.parse(JSON.parse(events.at(-1)?.data ?? ''));
      expect(end).toMatchObject({ sha256, lines: 6, last_seq: Number(events.at(-2)?.id) });
    }
  });

  test('a filter of an event stream applies to log lines only', async () => {
    const events = await logs.collect(runId, { query: '?level=error' });
    expect(events.map(({ event }) => event)).toEqual([
      'status',
      'status',
      'progress',
      'log',
      'status',
      'status',
      'status',
      'end',
    ]);
    expect(JSON.parse(events[2]?.data ?? '')).toEqual({
      percent: 40,
      rows: 7,
      memory_bytes: 1_000,
      phase: 'build',
      attempt: 1,
    });
  });

  test('a text log is a readable file', async () => {
    for (const [query, accept] of [
      ['?limit=6', 'text/plain'],
      ['?format=text', '*/*'],
    ] as const) {
      const answer = await get(query, accept).expect(200);
      expect(answer.get('Content-Type')).toBe('text/plain; charset=utf-8');
      expect(answer.get('Content-Disposition')).toBe(`attachment; filename=run-${runId}.log`);
      expect(answer.text.split('\n').slice(0, 5)).toEqual([
        `# run ${runId} of default.silver.orders: success`,
        '# attempt 1',
        '2026-02-12T14:00:01.000Z DEBUG detect  SELECT',
        '    1',
        '2026-02-12T14:00:01.000Z INFO  build   Building Ü',
      ]);
    }
  });
});
