import { setTimeout as pause } from 'node:timers/promises';
import type { Driver } from './drivers.ts';
import type { Followed } from './follow-run.ts';
import type { Installation } from './installation.ts';
import { PatientClient } from './patient-client.ts';
import type { Random } from './random.ts';

/** A fault that was injected. */
export interface Fault {
  what: string;
  at: Date;
  /** The runner whose runs the fault hits; without it, every run. */
  runner?: string;
}

/** One run that a client wants, over any number of requests. */
export interface ChaosRequest {
  /** The run's trigger and the request's idempotency key. */
  key: string;
  driver: Driver;
  runId?: string;
  /** `accepted`: the API answered that the run is cancelled. */
  cancel?: 'accepted' | 'refused';
  followed?: Followed;
}

/** One play of one scenario: its load, the injected faults, and the violations. */
export interface Turn {
  number: number;
  installation: Installation;
  random: Random;
  drivers: Driver[];
  requests: ChaosRequest[];
  faults: Fault[];
  violations: string[];
  /** Aborts when the whole program ends. */
  signal: AbortSignal;
}

/** The prefix of every trigger of the turn's runs. */
export function turnPrefix(turn: Pick<Turn, 'number'>): string {
  return `chaos-${turn.number}-`;
}

/** Notes the fault; call it right before it happens. */
export function noteFault(turn: Turn, what: string, runner?: string): void {
  turn.faults.push({ what, at: new Date(), ...(runner === undefined ? {} : { runner }) });
}

/** Waits between `least` and `most` milliseconds. */
export async function wait(turn: Turn, least: number, most: number): Promise<void> {
  await pause(turn.random.between(least, most), undefined, { signal: turn.signal });
}

/** Requests one run until it exists. `first` is the index of the API to call first. */
export async function requestRun(
  turn: Turn,
  request: ChaosRequest,
  { random, first }: { random: Random; first?: number },
): Promise<string> {
  turn.requests.push(request);
  const [namespace, layer, pipeline] = request.driver.path.split('/');
  const client = new PatientClient(turn.installation.doors, random, turn.signal);
  const body = { namespace, layer, pipeline, trigger: request.key };
  const { run_id: runId } = await client.call(
    (rat) => rat.runs.create(body, { idempotencyKey: request.key }),
    first,
  );
  request.runId = runId;
  return runId;
}
