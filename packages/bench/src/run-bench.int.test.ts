import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { testRedisUrl } from '@rat/testing';

const run = promisify(execFile);
const program = fileURLToPath(new URL('../dist/run-bench.js', import.meta.url));

/** The benchmark starts its own servers and services, on a machine that may be busy. */
const WITHIN_MS = 240_000;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rat-bench-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Report {
  machine: { cores: number; node: string };
  benches: {
    name: string;
    error?: string;
    rows: {
      what: string;
      ours: { n: number; median: number; p95: number; p99: number };
      baseline: { n: number } | null;
      ratio: number | null;
    }[];
  }[];
}

const withRedis = testRedisUrl() === undefined ? describe.skip : describe;

withRedis('the benchmark program', () => {
  test(
    'the benchmark measures the baseline as often as the checkout, and names its machine',
    async () => {
      const file = join(folder, 'report.json');
      const wishes = ['--quick', '--only', 'ack,counts', '--json', file];
      const { stdout } = await run(process.execPath, [program, ...wishes]);
      const report = JSON.parse(await readFile(file, 'utf8')) as Report;
      expect(report.machine).toMatchObject({ cores: expect.any(Number), node: process.version });
      expect(report.benches.map(({ name, error }) => [name, error])).toEqual([
        ['ack', undefined],
        ['counts', undefined],
      ]);
      for (const { name, rows } of report.benches) {
        for (const { what, ours, baseline, ratio } of rows) {
          expect(stdout).toContain(`| \`${name}\` | ${what} | `);
          expect(ours.median).toBeGreaterThan(0);
          expect(ours.p99).toBeGreaterThanOrEqual(ours.p95);
          if (baseline === null) continue;
          expect(baseline.n).toBe(ours.n);
          expect(ratio).toBeGreaterThan(0);
        }
      }
    },
    WITHIN_MS,
  );

  test('an unknown benchmark is refused with the list of the known ones', async () => {
    await expect(run(process.execPath, [program, '--only', 'speed'])).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/no benchmark is called speed; there are ack, start/),
    });
  });
});
