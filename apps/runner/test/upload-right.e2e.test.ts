import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startFleet, type Fleet } from '@rat/testing';

let fleet: Fleet;
let admin: Record<string, string>;
const ZONE = '/landing-zones/default/orders/files';

beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
  admin = (await makeToken({ name: 'root', role: 'admin' })).headers;
}, 90_000);
afterAll(() => fleet.close());

function send(path: string, init: RequestInit): Promise<Response> {
  return fetch(`${fleet.apis[0]?.url}/api/v1${path}`, init);
}

async function makeToken(body: object): Promise<{ id: string; headers: Record<string, string> }> {
  const headers = { 'content-type': 'application/json', ...admin };
  const made = await send('/tokens', { method: 'POST', headers, body: JSON.stringify(body) });
  expect(made.status).toBe(201);
  const { id, token } = (await made.json()) as { id: string; token: string };
  return { id, headers: { authorization: `Bearer ${token}` } };
}

async function filesOfZone(): Promise<string[]> {
  const answer = await send(ZONE, { headers: admin });
  if (answer.status === 404) return [];
  const { files } = (await answer.json()) as { files: { name: string }[] };
  return files.map(({ name }) => name);
}

/** A body that waits in its middle for `act`. */
async function* bodyAround(act: () => Promise<unknown>): AsyncGenerator<Uint8Array> {
  yield Buffer.from('id,amount\n');
  await act();
  yield Buffer.from('1,2\n');
}

/** Uploads a file with the right of a token, while `act` happens in its middle. */
function upload(
  name: string,
  headers: Record<string, string>,
  act: () => Promise<unknown>,
): Promise<Response> {
  const init = { method: 'POST', headers, body: bodyAround(act), duplex: 'half' };
  return send(`${ZONE}?name=${name}`, init as unknown as RequestInit);
}

test('a file whose sender loses the right while it arrives never becomes visible', async () => {
  const sender = await makeToken({ name: 'sender', role: 'author' });
  const kept = await upload('kept.csv', sender.headers, async () => undefined);
  expect(kept.status).toBe(201);
  const revoke = (): Promise<Response> =>
    send(`/tokens/${sender.id}`, { method: 'DELETE', headers: admin });
  const refused = await upload('refused.csv', sender.headers, revoke);
  expect(refused.status).toBe(401);
  expect(await filesOfZone()).toEqual(['kept.csv']);
  // Nothing of it is left that would refuse the same name to another sender.
  const other = await makeToken({ name: 'other sender', role: 'author' });
  const again = await upload('refused.csv', other.headers, async () => undefined);
  expect(again.status).toBe(201);
  expect((await filesOfZone()).toSorted()).toEqual(['kept.csv', 'refused.csv']);
});
