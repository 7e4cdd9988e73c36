import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLogger } from '@rat/runtime';
import { claimRun, createRun, readEvents, type RunEvent } from '@rat/store';
import { eventually, openStoreFixture, ORDERS, type StoreFixture } from '@rat/testing';
import { StreamWriter, type LogLimits } from './stream-writer.ts';

let store: StoreFixture;
beforeAll(async () => {
  store = await openStoreFixture();
});
afterAll(() => store.close());

const NO_LIMITS: LogLimits = { maxLines: 1_000_000, maxBytes: 1_000_000_000 };

async function openWriter(limits = NO_LIMITS): Promise<{
  runId: string;
  writer: StreamWriter;
  say: (message: string) => void;
  rows: () => Promise<RunEvent[]>;
}> {
  const { id: runId } = await createRun(store.db, {
    pipeline: ORDERS,
    trigger: { kind: 'manual' },
  });
  await claimRun(store.db, { runId, attempt: 1 }, { runnerId: 'r', leaseMs: 60_000 });
  const writer = new StreamWriter({
    db: store.db,
    held: { runId, attempt: 1 },
    limits,
    ownFolders: ['/srv/rat'],
    signal: new AbortController().signal,
    onAppended: () => undefined,
    log: createLogger('test', { level: 'silent' }),
  });
  const say = (message: string): void =>
    writer.add({ kind: 'log', at: new Date(), level: 'info', phase: 'build', message });
  // Without the two status rows of creation and claim.
  const rows = (): Promise<RunEvent[]> =>
    readEvents(store.db, { runId, afterSeq: 2, limit: 50_000 });
  return { runId, writer, say, rows };
}

describe('StreamWriter', () => {
  test('lines, phases and progress form one stream in the order of their calls', async () => {
    const { writer, say, rows } = await openWriter();
    for (let n = 0; n < 1_700; n += 1) say(`line ${n}`);
    writer.add({ kind: 'progress', at: new Date(), phase: 'build', payload: { percent: 50 } });
    writer.add({ kind: 'phase', at: new Date(), phase: 'build', payload: { name: 'build' } });
    say('last');
    await writer.finish();
    const stored = await rows();
    expect(stored.map((row) => row.seq)).toEqual(stored.map((_, n) => n + 3));
    expect(stored.slice(1_699).map((row) => row.message ?? row.kind)).toEqual([
      'line 1699',
      'progress',
      'phase',
      'last',
    ]);
  });

  test('secrets and local paths are removed from every line, including the last one, before it is cut', async () => {
    const { writer, say, rows } = await openWriter();
    say(`CREATE SECRET s (TYPE s3, SECRET '${'x'.repeat(20_000)}')`);
    say('left /srv/rat/warehouse/a.parquet alone');
    const message = "read 'https://user:pass@host/x?token=abc'";
    await writer.finish({ kind: 'log', at: new Date(), level: 'error', phase: 'build', message });
    expect((await rows()).map((row) => row.message)).toEqual([
      "CREATE SECRET s (TYPE s3, SECRET '***')",
      'left <path>/warehouse/a.parquet alone',
      "read 'https://***@host/x?token=***'",
    ]);
  });

  test('a single line becomes durable without a flush', async () => {
    const { say, rows } = await openWriter();
    say('alone');
    await eventually('the line is there', async () => (await rows()).length === 1);
  });

  test('a line that is too long is cut, and control characters are made visible', async () => {
    const { writer, say, rows } = await openWriter();
    say('\0\u001b[2J');
    say('ü'.repeat(20_000));
    await writer.finish();
    const [shown, cut] = await rows();
    expect(shown?.message).toBe('␀␛[2J');
    expect(cut?.message).toBe(`${'ü'.repeat(8_192)}… [truncated 23616 bytes]`);
  });

  test.each([
    ['lines', { maxLines: 10, maxBytes: 1_000_000 }],
    ['bytes', { maxLines: 1_000, maxBytes: 70 }],
  ])(
    'an attempt beyond its limit of %s gets one marker line and its last lines',
    async (_, limits) => {
      const { writer, say, rows } = await openWriter(limits);
      for (let n = 0; n < 30; n += 1) say(`line ${n}.`.slice(0, 7));
      await writer.finish({
        kind: 'log',
        at: new Date(),
        level: 'error',
        phase: 'build',
        message: 'why',
      });
      const messages = (await rows()).map((row) => row.message);
      expect(messages.slice(0, 10)).toEqual(
        Array.from({ length: 10 }, (_line, n) => `line ${n}.`.slice(0, 7)),
      );
      expect(messages.slice(10)).toEqual([
        expect.stringContaining('Log limit reached'),
        '20 further log line(s) of this attempt were not kept',
        'why',
      ]);
    },
  );

  test('while Postgres falls behind, the executor is paused, memory is bounded, and no line is lost or reordered', async () => {
    const { runId, writer, say, rows } = await openWriter();
    const changes: string[] = [];
    const isPaused = (): boolean => changes.at(-1) === 'pause';
    writer.onBackpressure({
      pause: () => void changes.push('pause'),
      resume: () => void changes.push('resume'),
    });
    const client = await store.db.pool.connect();
    await client.query('BEGIN');
    await client.query('SELECT 1 FROM runs WHERE id = $1 FOR UPDATE', [runId]);
    let said = 0;
    for (; !isPaused(); said += 1) say(`line ${said}`);
    expect(said).toBeLessThan(3_000);
    await client.query('ROLLBACK');
    client.release();
    await eventually('the executor goes on', () => !isPaused());
    await writer.finish();
    expect(changes).toEqual(['pause', 'resume']);
    expect((await rows()).map((row) => row.message)).toEqual(
      Array.from({ length: said }, (_, n) => `line ${n}`),
    );
  });

  test('lines beyond the buffer are dropped and counted', async () => {
    const { runId, writer, say, rows } = await openWriter();
    const client = await store.db.pool.connect();
    await client.query('BEGIN');
    await client.query('SELECT 1 FROM runs WHERE id = $1 FOR UPDATE', [runId]);
    for (let n = 0; n < 20_000; n += 1) say(`line ${n}`);
    await client.query('ROLLBACK');
    client.release();
    await writer.finish();
    const stored = await rows();
    expect(stored.length).toBeLessThan(10_000);
    expect(stored.at(-1)?.message).toBe(
      `${20_000 - (stored.length - 1)} further log line(s) of this attempt were not kept`,
    );
  });
});
