import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { endEvent } from '@rat/contracts';
import { findForSuite, NGINX, startNginx, type Nginx } from '@rat/testing';
import { openApi, type ApiFixture } from './api-fixture.ts';
import { LogReader, readUntil } from './log-reader.ts';

const program = await findForSuite(NGINX);

(program === undefined ? describe.skip : describe)(
  'behind nginx, which buffers and compresses',
  () => {
    let api: ApiFixture;
    let nginx: Nginx;
    let logs: LogReader;

    beforeAll(async () => {
      api = await openApi({ trustProxy: 'loopback' });
      nginx = await startNginx(program ?? '', api.url);
      logs = new LogReader(nginx.url);
    });
    afterAll(async () => {
      logs.closeAll();
      await nginx.stop();
      await api.close();
    });

    test('events arrive one by one through nginx', async () => {
      const runId = await api.runner.start();
      const stream = await logs.connect(runId, { headers: { 'accept-encoding': 'gzip' } });
      const events = stream[Symbol.asyncIterator]();
      // Each line is written only after the previous one has arrived, so a proxy that buffers would
      // block the test.
      for (let n = 1; n <= 20; n += 1) {
        await api.runner.log(runId, [`line ${n} of few`]);
        const received = await readUntil(events, `line ${n} of few`);
        expect(received.filter(({ event }) => event === 'log')).toHaveLength(1);
      }
      await api.runner.succeed(runId);
      const last = await readUntil(events, 'sha256');
      expect(last.map(({ event }) => event).slice(-2)).toEqual(['status', 'end']);
      // Every event is a complete gzip block, because the response forbids the proxy to buffer.
      expect(stream.headers.get('content-encoding')).toBe('gzip');
      expect(stream.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    });

    test('status changes of all runs arrive one by one through nginx', async () => {
      const stream = await logs.open(`${nginx.url}/api/v1/events`);
      const events = stream[Symbol.asyncIterator]();
      for (let n = 1; n <= 5; n += 1) {
        const runId = await api.runner.start();
        await readUntil(events, runId);
      }
    });

    test('a stream resumes through nginx, and compressed NDJSON matches the digest of the log', async () => {
      const runId = await api.runner.runTo('failed');
      const whole = await logs.collect(runId);
      for (const [index, { id, event }] of whole.entries()) {
        if (event === 'end') break;
        expect(await logs.collect(runId, { lastEventId: id })).toEqual(whole.slice(index + 1));
      }
      const answer = await fetch(logs.url(runId, '?format=ndjson'), {
        headers: { 'accept-encoding': 'gzip' },
      });
      expect(answer.headers.get('content-encoding')).toBe('gzip');
      const body = Buffer.from(await answer.arrayBuffer());
      const end = endEvent.parse(JSON.parse(whole.at(-1)?.data ?? ''));
      expect(end.sha256).toBe(createHash('sha256').update(body).digest('hex'));
    });
  },
);
