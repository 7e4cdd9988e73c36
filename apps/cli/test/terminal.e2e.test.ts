import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { startFleet, type Fleet } from '@rat/testing';
import { onLinux, startCli, startInTerminal, type Ended } from './start-cli.ts';

const ENDLESS = `SELECT count(*) AS n FROM range(10000000) a, range(10000000) b WHERE hash(a.range, b.range) % 7 = 3`;
const CTRL_C = '\u0003';
const BAR =
  /large\.bin {2}█+░* {2,4}\d+ % {2}[\d.]+ [KM]iB of 32\.0 MiB {2}[\d.]+ [KM]iB\/s {2}(?:[\w. ]+ left|storing)/;
const JSON_TYPE = { 'content-type': 'application/json' };
const LARGE_MIB = 1_000;
/**
 * Node frees buffers late, and later on a busy machine: 118 to 290 MiB were seen, of a file of any size.
 */
const MEMORY_MIB = LARGE_MIB / 2;

jest.setTimeout(90_000);

let fleet: Fleet;
let folder: string;
let place: { url: string; folder: string };

beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
  folder = await mkdtemp(join(tmpdir(), 'rat-terminal-'));
  place = { url: fleet.apis[0]?.url ?? '', folder };
  await fleet.putPipeline('default/gold/endless', { sql: ENDLESS });
}, 60_000);
afterAll(async () => {
  await fleet.close();
  await rm(folder, { recursive: true, force: true });
});

const rat = (...args: string[]): Promise<Ended> => startCli(args, place).ended;
const idIn = (screen: string): string => /run ([0-9a-f-]{36})/.exec(screen)?.[1] ?? '';

describe('Ctrl-C while a run is followed', () => {
  /** Presses Ctrl-C while an endless run is followed, and then each of the keys, once it is asked again. */
  async function press(
    ...keys: string[]
  ): Promise<{ code: number | null; id: string; screen: string }> {
    const { child, ended, screen, shows } = startInTerminal(['run', 'gold.endless'], place);
    await shows('Executing SQL');
    for (const [i, key] of keys.entries()) {
      child.stdin.write(CTRL_C);
      await shows('[k]eep following', i + 1);
      child.stdin.write(key);
      // What is kept back during the question is a sign that the command follows the run again.
      if (i < keys.length - 1) await shows('[k]eep following: \r\n', i + 1);
    }
    const code = await ended;
    return { code, id: idIn(screen()), screen: screen() };
  }

  onLinux.each([
    ['Enter', '\r'],
    ['d', 'd'],
    ['a second Ctrl-C', CTRL_C],
  ])('%s leaves the run alone, says how to resume, and exits 130', async (_, key) => {
    const { code, id, screen } = await press(key);
    expect(code).toBe(130);
    expect(screen).toContain(`rat logs -f ${id}`);
    expect((await fleet.spy.find(id))?.status).toBe('running');
    expect(await rat('cancel', id)).toMatchObject({ code: 0 });
  });

  onLinux('c cancels the run, whose end is shown, and exits 3', async () => {
    const { code, id, screen } = await press('c');
    expect(code).toBe(3);
    expect(screen).toContain('⊘ cancelled');
    expect((await fleet.spy.find(id))?.status).toBe('cancelled');
  });

  onLinux('k keeps following, and the next Ctrl-C asks again', async () => {
    const { code, id, screen } = await press('k', 'c');
    expect(code).toBe(3);
    expect(screen).toContain('⊘ cancelled');
    expect((await fleet.spy.find(id))?.status).toBe('cancelled');
  });
});

describe('a question', () => {
  onLinux.each([
    ['Ctrl-C', CTRL_C, 130],
    ['n', 'n\r', 6],
    ['y', 'y\r', 0],
  ])('%s answers it', async (_, key, expected) => {
    const id = (await rat('run', 'gold.endless', '--detach')).out.trim();
    await fleet.spy.waitFor(id, 'running');
    const args = ['cancel', '--filter', 'pipeline=endless'];
    const { child, ended, shows } = startInTerminal(args, place);
    await shows('Cancel 1 run? [y/N]');
    child.stdin.write(key);
    expect(await ended).toBe(expected);
    const { status } = (await fleet.spy.find(id)) ?? {};
    expect(status).toBe(expected === 0 ? 'cancelled' : 'running');
    await rat('cancel', id);
  });

  onLinux('login does not show the token that it asks for', async () => {
    const { child, ended, screen, shows } = startInTerminal(['login'], place);
    await shows('which is not shown: ');
    child.stdin.write('a-token-to-hide\r');
    expect(await ended).toBe(0);
    expect(screen()).not.toContain('a-token-to-hide');
    expect(await readFile(join(folder, 'rat/login.json'), 'utf8')).toContain('a-token-to-hide');
  });
});

describe('an upload', () => {
  onLinux('a file has a bar in a terminal, and none elsewhere', async () => {
    const file = join(folder, 'large.bin');
    await writeFile(file, '');
    await truncate(file, 32 * 1024 ** 2);
    const args = ['upload', file, 'default/large', '--replace'];
    const { ended, screen } = startInTerminal(args, place);
    expect(await ended).toBe(0);
    expect(screen()).toMatch(BAR);
    expect(screen()).toContain('default/large/large.bin: 32.0 MiB in ');
    const { code, out, err } = await rat(...args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^default\/large\/large\.bin: 32\.0 MiB in [\d.]+ s\n$/);
  });

  test('a large file is never whole in memory', async () => {
    // A server that stores nothing, so that the disk does not matter.
    let received = 0;
    const server = createServer((request, response) => {
      request.on('data', (piece: Buffer) => (received += piece.length));
      request.on('end', () => response.writeHead(201, JSON_TYPE).end('{}'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const file = join(folder, 'larger.bin');
      await writeFile(file, '');
      await truncate(file, LARGE_MIB * 1024 ** 2);
      const meter = `process.on('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS))`;
      const more = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(meter)}` };
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const args = ['upload', file, 'default/large'];
      const { code, err } = await startCli(args, { url, folder, more }).ended;
      expect({ code, err }).toEqual({ code: 0, err: expect.stringMatching(/^peak \d+$/) });
      expect(received).toBe(LARGE_MIB * 1024 ** 2);
      const peakMib = Number(err.split(' ')[1]) / 1024;
      process.stdout.write(`rat upload: at most ${peakMib.toFixed()} MiB of memory\n`);
      expect(peakMib).toBeLessThan(MEMORY_MIB);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

describe('colours', () => {
  onLinux('a table has them in a terminal, and none in a pipe or with NO_COLOR', async () => {
    const { ended, screen } = startInTerminal(['runs', '--limit', '1'], place, { TERM: 'xterm' });
    expect(await ended).toBe(0);
    expect(screen()).toContain('\u001b[2mid ');
    const bare = startInTerminal(['runs', '--limit', '1'], place, { TERM: 'xterm', NO_COLOR: '1' });
    expect(await bare.ended).toBe(0);
    expect(bare.screen()).not.toContain('\u001b');
    expect((await rat('runs', '--limit', '1')).out).not.toContain('\u001b');
  });
});
