import { NoPythonError, pythonWithSchemathesis } from '../python-environment.ts';
import { check } from '../verdicts.ts';
import { driveWithFastCheck } from './drive-with-fast-check.ts';
import { driveWithSchemathesis } from './drive-with-schemathesis.ts';
import type { Driven } from './driven.ts';
import { openFuzzedApi } from './open-fuzzed-api.ts';

/** Each client sends at least so many requests. */
const REQUESTS_MIN = 10_000;

/**
 * Two clients that make requests from the OpenAPI document drive a real API: no answer is a 5xx, none is outside of the
 * document, and none holds a path, a stack trace, SQL of the API or of others, or a token. `RAT_PROPERTY_SEED` repeats
 * the requests of a run. Without Python, the fast-check client drives alone.
 */
export async function fuzzApi(): Promise<void> {
  const seed = Number(process.env['RAT_PROPERTY_SEED'] ?? 1);
  const api = await openFuzzedApi();
  try {
    tellDriven('fast-check', seed, await driveWithFastCheck(api, { least: REQUESTS_MIN, seed }));
    try {
      const python = await pythonWithSchemathesis();
      const driven = await driveWithSchemathesis(api, { python, least: REQUESTS_MIN, seed });
      tellDriven('schemathesis', seed, driven);
    } catch (error) {
      if (!(error instanceof NoPythonError)) throw error;
      console.log(`!!! SCHEMATHESIS SKIPPED, it has sent no request: ${error.message}`);
    }
  } finally {
    await api.close();
  }
}

function tellDriven(client: string, seed: number, { answered, byStatus, faults }: Driven): void {
  const counts = [...byStatus]
    .toSorted(([one], [other]) => one - other)
    .map(([status, times]) => `${status}: ${times}`);
  console.log(`${client}, seed ${seed}: ${answered} requests answered (${counts.join(', ')})`);
  check(`${client}: at least ${REQUESTS_MIN} requests`, answered >= REQUESTS_MIN, true);
  for (const line of faults.lines) console.log(`     ${line}`);
  check(`${client}: faults of answers`, faults.lines.length, 0);
}
