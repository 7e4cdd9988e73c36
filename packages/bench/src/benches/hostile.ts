import { Agent, get } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { coerceError } from '@rat/runtime';
import { withFleet, type BenchFleet } from '../bench-fleet.ts';
import type { Bench } from '../bench.ts';
import { attacks, HEADER_SECONDS, type AttackName } from '../hostile/attacks.ts';
import type { Refusal } from '../hostile/refused-connection.ts';
import { row, timed, type Row } from '../measure.ts';
import { summarize } from '../summarize.ts';

/** A load balancer checks less often. */
const PROBE_EVERY_MS = 10;
const IDLE_PROBES = 200;
const ATTACK_WITHIN_MS = 120_000;

export const hostile: Bench = {
  name: 'hostile',
  measures:
    'p99 of `GET /health/live` on a new connection, while clients attack the API; then how long it takes until a hostile connection is refused and closed',
  against: 'the same API right before, without other clients',
  run: ({ quick }) =>
    withFleet({ env: { RAT_HTTP_HEADER_SECONDS: String(HEADER_SECONDS) } }, async (fleet) => {
      const rows: Row[] = [];
      await probe(fleet.apis[0]?.url ?? '', () => IDLE_PROBES);
      // The keys of an object of this package are the names.
      for (const name of Object.keys(attacks) as AttackName[]) {
        try {
          rows.push(...(await measureAttack(fleet, name, quick ? 1 : 3)));
        } catch (error) {
          throw new Error(`${name}: ${coerceError(error).message}`, { cause: error });
        }
      }
      return rows;
    }),
};

async function measureAttack(fleet: BenchFleet, name: AttackName, rounds: number): Promise<Row[]> {
  const { what, refusals, withinMs } = attacks[name];
  const expected: readonly string[] = refusals;
  const url = fleet.apis[0]?.url ?? '';
  const ours: number[] = [];
  const baseline: number[] = [];
  const refusedMs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    baseline.push(summarize(await probe(url, () => IDLE_PROBES)).p99);
    const { program } = await fleet.startProgram('attack', {
      ATTACK: name,
      ATTACKED_PORT: new URL(url).port,
    });
    let isOver = false;
    const line = program.waitForLine(/^refusals /, ATTACK_WITHIN_MS).finally(() => (isOver = true));
    const [answered, ended] = await Promise.all([probe(url, () => (isOver ? 0 : Infinity)), line]);
    ours.push(summarize(answered).p99);
    const refused = JSON.parse(ended.slice('refusals '.length)) as Refusal[];
    const other = refused.find(({ answer }) => !expected.includes(answer));
    if (other !== undefined) throw new Error(`a connection was answered ${other.answer}`);
    refusedMs.push(...refused.map(({ ms }) => ms));
  }
  return [
    row({ what, unit: 'ms', ours, baseline, goals: [{ of: 'max', atMost: 100 }] }),
    row({
      what: `${what}: answered ${expected.join(' or ')} and closed after`,
      unit: 'ms',
      ours: refusedMs,
      goals: [{ of: 'max', atMost: withinMs }],
    }),
  ];
}

/** Sends requests until there are `most()` answers, at least once; returns the milliseconds of each. Throws when one is no 200. */
async function probe(url: string, most: () => number): Promise<number[]> {
  const times: number[] = [];
  do {
    times.push(await timed(() => askOnce(`${url}/health/live`)));
    await wait(PROBE_EVERY_MS);
  } while (times.length < most());
  return times;
}

function askOnce(url: string): Promise<void> {
  // A kept connection would not see that the API accepts none.
  const agent = new Agent({ keepAlive: false });
  return new Promise((resolve, reject) => {
    get(url, { agent }, (answer) => {
      answer.resume();
      answer.once('end', () => {
        if (answer.statusCode === 200) resolve();
        else reject(new Error(`/health/live answered ${answer.statusCode}`));
      });
    }).once('error', reject);
  });
}
