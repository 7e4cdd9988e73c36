/** Which service carries the tickets. Decided once, from the environment. */
export type QueueConnection = { kind: 'redis'; url: string } | { kind: 'postgres'; url: string };

/** Redis when there is one; otherwise the Postgres that holds the runs anyway. */
export function chooseQueueConnection(env: {
  redisUrl: string | undefined;
  databaseUrl: string;
}): QueueConnection {
  return env.redisUrl === undefined
    ? { kind: 'postgres', url: env.databaseUrl }
    : { kind: 'redis', url: env.redisUrl };
}
