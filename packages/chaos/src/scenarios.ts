import type { Backend } from '@rat/testing';
import { USUAL_LOAD, type Load } from './drive-load.ts';
import type { InjectFault } from './faults/fault.ts';
import { blackholeLink, cutClients, cutEverything, refuseLink } from './faults/network-faults.ts';
import { crashPostgres, endSessions, losePostgresAtPublish } from './faults/postgres-faults.ts';
import {
  freezeApi,
  freezeExecutor,
  freezeRunner,
  killApi,
  killApiBeforeRing,
  killExecutor,
  killRunner,
  orphanExecutor,
  restartRunner,
} from './faults/process-faults.ts';
import {
  crashForgetfulRedis,
  crashLoggingRedis,
  flushRedis,
  killRedisClients,
  loseRedis,
  pauseRedis,
} from './faults/redis-faults.ts';
import { repeatTickets } from './faults/ticket-faults.ts';

/** A set of faults that are injected while clients send requests. */
export interface Scenario {
  name: string;
  load: Load;
  /** The number of faults of each lane, in sequence, drawn from the lane. */
  rounds: number;
  /** Played in long plays only, and when it is named. */
  isLong?: boolean;
  /** Lists of faults; different lanes run at the same time. */
  lanes: readonly (readonly InjectFault[])[];
}

const PROCESSES = [
  killRunner,
  freezeRunner,
  restartRunner,
  killExecutor,
  freezeExecutor,
  orphanExecutor,
  killApi,
  freezeApi,
  repeatTickets,
];
const NETWORK = [blackholeLink, refuseLink, cutClients];
const POSTGRES = [endSessions, crashPostgres];
const REDIS = [flushRedis, killRedisClients, pauseRedis, crashForgetfulRedis, crashLoggingRedis];

/** Every scenario that applies to the backend. */
export function scenariosFor(backend: Backend): Scenario[] {
  const one = (name: string, fault: InjectFault, rounds: number): Scenario => ({
    name,
    load: USUAL_LOAD,
    rounds,
    lanes: [[fault]],
  });
  const servers = backend === 'redis' ? [...POSTGRES, ...REDIS] : POSTGRES;
  const scenarios: Scenario[] = [
    { name: 'calm', load: USUAL_LOAD, rounds: 0, lanes: [] },
    one('runner-killed', killRunner, 3),
    one('runner-frozen', freezeRunner, 2),
    one('runner-restarted', restartRunner, 4),
    one('executor-killed', killExecutor, 6),
    one('executor-frozen', freezeExecutor, 3),
    one('executor-orphaned', orphanExecutor, 2),
    one('api-killed', killApi, 4),
    one('api-frozen', freezeApi, 3),
    one('api-killed-before-ring', killApiBeforeRing, 3),
    { ...one('cancels', repeatTickets, 1), load: { ...USUAL_LOAD, requests: 40, cancelled: 0.8 } },
    one('tickets-repeated', repeatTickets, 4),
    one('postgres-sessions-ended', endSessions, 5),
    one('postgres-crashed', crashPostgres, 2),
    one('postgres-lost-at-publish', losePostgresAtPublish, 1),
    one('network-blackholed', blackholeLink, 3),
    one('network-refused', refuseLink, 3),
    one('clients-cut', cutClients, 6),
    one('everything-cut', cutEverything(15_000), 1),
    { ...one('everything-cut-for-a-minute', cutEverything(60_000), 1), isLong: true },
    {
      name: 'everything',
      load: { ...USUAL_LOAD, requests: 40, overMs: 12_000 },
      rounds: 4,
      lanes: [PROCESSES, servers, NETWORK],
    },
  ];
  if (backend === 'postgres') return scenarios;
  return [
    ...scenarios,
    one('redis-flushed', flushRedis, 5),
    one('redis-clients-killed', killRedisClients, 5),
    one('redis-paused', pauseRedis, 2),
    one('redis-killed', crashForgetfulRedis, 3),
    one('redis-killed-with-log', crashLoggingRedis, 2),
    one('redis-lost', loseRedis, 1),
  ];
}
