import {
  appendFileSync,
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { eventually } from '@rat/testing';
import { keepLogsSmall, openLog, readTail } from './log-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rat-logs-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a log is rotated while its service writes to it, and the older lines are kept beside it', async () => {
  const file = join(folder, 'api.log');
  const stopping = new AbortController();
  const fd = openSync(file, 'a');
  const keeping = keepLogsSmall(folder, stopping.signal, { maxBytes: 1_000, everyMs: 10 });
  try {
    let largest = 0;
    for (let n = 0; n < 50; n += 1) {
      writeSync(fd, `${'x'.repeat(99)}\n`);
      largest = Math.max(largest, statSync(file).size);
      if (statSync(file).size > 1_000) {
        await eventually('the log is emptied', () => statSync(file).size < 1_000);
      }
    }
    expect(largest).toBeLessThanOrEqual(1_100);
    expect(readdirSync(folder).toSorted()).toEqual(['api.log', 'api.log.1']);
    expect(statSync(`${file}.1`).size).toBeGreaterThan(1_000);
  } finally {
    stopping.abort();
    await keeping;
    closeSync(fd);
  }
});

test('the tail of a rotated log is the part that was written after the rotation', async () => {
  const file = join(folder, 'api.log');
  await (await openLog(file)).close();
  appendFileSync(file, 'last words\n');
  expect(await readTail(file, 5_000)).toBe('last words');
});
