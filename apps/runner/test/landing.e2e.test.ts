import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually, startFleet, type Fleet } from '@rat/testing';
import { LandingClient } from './landing-client.ts';

const MB = 1024 * 1024;
const MAX_MB = 128;

let fleet: Fleet;
let client: LandingClient;
beforeAll(async () => {
  fleet = await startFleet({
    backend: 'postgres',
    apis: 1,
    runners: 1,
    env: { RAT_UPLOAD_MAX_MB: String(MAX_MB) },
  });
  client = new LandingClient(fleet);
}, 60_000);
afterAll(() => fleet.close());

/** Zeros without an announced length. */
function zeros(bytes: number): ReadableStream<Uint8Array> {
  let left = bytes;
  return new ReadableStream({
    pull: (controller) => {
      if (left === 0) {
        controller.close();
        return;
      }
      const size = Math.min(left, MB);
      left -= size;
      controller.enqueue(new Uint8Array(size));
    },
  });
}

/** The peak memory of the process, bytes; undefined where the system does not report it. */
async function peakMemory(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const match = /VmHWM:\s*(\d+) kB/.exec(status);
  return match === null ? undefined : Number(match[1]) * 1024;
}

describe('an upload', () => {
  // The first upload: the API's process keeps memory that it once had, which would hide the growth.
  test('an upload of the largest size passes through the API without being buffered there', async () => {
    const pid = fleet.apis[0]?.process.pid ?? 0;
    await client.upload('passing', 'warm.bin', new Uint8Array(MB));
    const before = await peakMemory(pid);
    if (before === undefined) return;
    const upload = request(client.url('/landing-zones/default/passing/files?name=a.bin'), {
      method: 'POST',
    });
    const answered = once(upload, 'response');
    for (let sent = 0; sent < MAX_MB; sent += 1) {
      if (!upload.write(Buffer.alloc(MB))) await once(upload, 'drain');
    }
    upload.end();
    const [response] = (await answered) as [{ statusCode: number; resume: () => void }];
    response.resume();
    expect(response.statusCode).toBe(201);
    const grown = ((await peakMemory(pid)) ?? 0) - before;
    expect(grown).toBeLessThan((MAX_MB * MB * 3) / 4);
    await client.send('DELETE', '/landing-zones/default/passing/files/a.bin');
  }, 60_000);

  test('an upload is read by the next run, whose log names the files it read', async () => {
    await client.define('plain');
    const uploaded = await client.upload('plain', 'a b.csv', 'n\n1\n2\n');
    expect(uploaded).toMatchObject({ status: 201, body: { name: 'a b.csv', bytes: 6 } });
    expect(uploaded.body.sha256).toMatch(/^[0-9a-f]{64}$/);
    const id = await client.run('plain');
    expect(await client.rows('plain')).toEqual([1, 2]);
    const { body } = await client.send('GET', `/runs/${id}`);
    expect(body.landing_files).toEqual({ plain: [{ path: 'a b.csv', bytes: 6 }] });
    expect(body.landing_files_total).toEqual({ plain: 1 });
    // Without archiving the files stay, so a full refresh finds them again.
    expect(await client.names('plain')).toEqual(['a b.csv']);
  });

  test('an upload is listed, counted and deleted', async () => {
    await client.upload('counted', 'b.csv', 'n\n1\n');
    await client.upload('counted', 'a.csv', 'n\n22\n');
    const { body } = await client.send('GET', '/landing-zones/default?limit=200');
    expect(body.landing_zones).toContainEqual({ name: 'counted', files: 2, bytes: 9 });
    const page = await client.send('GET', '/landing-zones/default/counted/files?limit=1&offset=1');
    expect(page.body).toMatchObject({
      files: [{ name: 'b.csv', bytes: 4, modified_at: expect.any(String) }],
      total: 2,
    });
    const path = '/landing-zones/default/counted/files/a.csv';
    expect((await client.send('DELETE', path)).status).toBe(204);
    expect((await client.send('DELETE', path)).status).toBe(404);
    expect(await client.names('counted')).toEqual(['b.csv']);
  });

  test('an upload replaces an existing file only with overwrite, and then atomically', async () => {
    await client.upload('taken', 'a.csv', 'n\n1\n');
    const refused = await client.upload('taken', 'a.csv', 'n\n2\n');
    expect(refused).toMatchObject({
      status: 409,
      body: {
        error: {
          message:
            'landing zone taken already has a file named a.csv with other content: send this one under another name, or with replace=true in place of it',
        },
      },
    });
    const replaced = await client.upload('taken', 'a.csv', 'n\n33\n', '&replace=true');
    expect(replaced).toMatchObject({ status: 201, body: { bytes: 5 } });
    expect(await client.onDisk('taken')).toEqual(['a.csv']);
  });

  test('parallel uploads of one name are one file and conflicts', async () => {
    const bodies = Array.from({ length: 6 }, (_, n) => `n\n${n}\n`);
    const answers = await Promise.all(bodies.map((body) => client.upload('race', 'a.csv', body)));
    const statuses = answers.map((answer) => answer.status).toSorted((a, b) => a - b);
    expect(statuses).toEqual([201, 409, 409, 409, 409, 409]);
    expect(await client.onDisk('race')).toEqual(['a.csv']);
  });

  test.each([
    '../up.csv',
    '..',
    '/etc/passwd',
    'a/b.csv',
    'a\\b.csv',
    '.hidden',
    '_processed',
    '_samples',
    'line\nbreak.csv',
    'nul\0.csv',
    '*.csv',
    'a[1].csv',
    '',
    'x'.repeat(201),
    'ä'.repeat(101),
    ' ',
    '_processed ',
    'gpj.\u202efdp',
    'a\u200b.csv',
    'a\u2028.csv',
    '\ufeffa.csv',
    'e\u0301.csv',
    'Z\ufffdrich.csv',
  ])('an upload named %j is refused', async (name) => {
    const answer = await client.upload('names', name, 'n\n1\n');
    expect(answer).toMatchObject({ status: 400 });
    expect(answer.body.error?.message).toContain('name');
    expect(await client.onDisk('names')).toEqual([]);
  });

  test('an upload needs a zone slug, an existing namespace and no compression', async () => {
    const to = async (path: string, headers = {}): Promise<number> =>
      (await client.send('POST', path, { body: 'n\n1\n', headers })).status;
    expect(await to('/landing-zones/nowhere/zone/files?name=a.csv')).toBe(404);
    expect(await to('/landing-zones/default/Zone/files?name=a.csv')).toBe(400);
    expect(await to('/landing-zones/default/..%2Fzone/files?name=a.csv')).toBe(400);
    expect(await to('/landing-zones/default/forms/files')).toBe(400);
    const zone = '/landing-zones/default/forms/files?name=a.csv';
    expect(await to(zone, { 'content-encoding': 'gzip' })).toBe(415);
    expect((await client.send('GET', '/landing-zones/nowhere')).status).toBe(404);
    expect((await client.send('GET', '/landing-zones/nowhere/zone/files')).status).toBe(404);
    expect(await client.onDisk('forms')).toEqual([]);
  });

  test('an upload can be the one file of a form, under its own name or another', async () => {
    const form = (...files: [name: string, content: string][]): FormData => {
      const made = new FormData();
      for (const [name, content] of files) made.append('file', new Blob([content]), name);
      return made;
    };
    const to = (body: RequestInit['body'], query = '', headers = {}) =>
      client.send('POST', `/landing-zones/default/forms/files${query}`, {
        body: body ?? null,
        headers,
      });
    expect(await to(form(['ä.csv', 'n\n1\n']))).toMatchObject({
      status: 201,
      body: { name: 'ä.csv', bytes: 4 },
    });
    expect(await to(form(['x.csv', 'n\n1\n']), '?name=b.csv')).toMatchObject({ status: 201 });
    expect(await to(form(['b.csv', 'n\n2\n']))).toMatchObject({ status: 409 });
    expect(await to(form(['b.csv', 'n\n22\n']), '?replace=true')).toMatchObject({ status: 201 });
    expect(await to(form(['.hidden', 'n\n1\n']))).toMatchObject({ status: 400 });
    expect(await to(form(['c.csv', '1'], ['d.csv', '2']))).toMatchObject({
      status: 400,
      body: { error: { message: 'the form has more than one file; send one at a time' } },
    });
    const noted = form(['e.csv', '1']);
    noted.append('replace', 'true');
    expect(await to(noted)).toMatchObject({
      status: 400,
      body: {
        error: {
          message: 'unknown field replace; a form carries one file, and the query string the rest',
        },
      },
    });
    expect(await to(form())).toMatchObject({
      status: 400,
      body: { error: { message: 'the form has no file' } },
    });
    const large = form(['c.bin', 'x'.repeat(MAX_MB * MB + 1)]);
    expect(await to(large)).toMatchObject({ status: 413 });
    const type = { 'content-type': 'multipart/form-data; boundary=x' };
    const cut = '--x\r\ncontent-disposition: form-data; name="f"; filename="c.csv"\r\n\r\nn\n1\n';
    for (const broken of ['nonsense', cut]) {
      expect(await to(broken, '', type)).toMatchObject({ status: 400 });
    }
    const unbounded = { 'content-type': 'multipart/form-data' };
    expect(await to(cut, '', unbounded)).toMatchObject({ status: 400 });
    await eventually(
      'nothing else is left',
      async () => (await client.onDisk('forms')).join() === 'b.csv,ä.csv',
    );
  });

  test('an upload that is too large is refused, announced or not, and leaves nothing', async () => {
    const bytes = MAX_MB * MB + 1;
    const announced = await client.upload('large', 'a.bin', new Uint8Array(bytes));
    expect(announced).toMatchObject({
      status: 413,
      body: { error: { message: `a file may have at most ${MAX_MB} MB` } },
    });
    const streamed = await fetch(client.url('/landing-zones/default/large/files?name=b.bin'), {
      method: 'POST',
      body: zeros(bytes),
      duplex: 'half',
    });
    expect(streamed.status).toBe(413);
    await eventually('nothing is left', async () => (await client.onDisk('large')).length === 0);
  });

  test.each([
    ['a body', 'application/octet-stream', ''],
    [
      'a form',
      'multipart/form-data; boundary=x',
      '--x\r\ncontent-disposition: form-data; name="f"; filename="a.csv"\r\n\r\n',
    ],
  ])('an upload of %s whose client disconnects leaves nothing', async (_form, type, head) => {
    const upload = request(client.url('/landing-zones/default/cut/files?name=a.csv'), {
      method: 'POST',
      headers: { 'content-length': '1000000', 'content-type': type },
    });
    upload.on('error', () => undefined);
    upload.write(head);
    upload.write(Buffer.alloc(100_000));
    await eventually('the file is arriving', async () => (await client.onDisk('cut')).length > 0);
    upload.destroy();
    await eventually('nothing is left', async () => (await client.onDisk('cut')).length === 0);
    // Neither the API nor the runner was harmed.
    expect((await client.upload('cut', 'a.csv', 'n\n1\n')).status).toBe(201);
    await client.send('DELETE', '/landing-zones/default/cut/files/a.csv');
  });
});
