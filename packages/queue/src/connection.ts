/** The service that carries the tickets, chosen once from the environment. */
export type QueueConnection = { kind: 'redis'; url: string } | { kind: 'postgres'; url: string };

/** Chooses Redis if it is configured, otherwise the Postgres of the runs. */
export function chooseQueueConnection(env: {
  redisUrl: string | undefined;
  databaseUrl: string;
}): QueueConnection {
  return env.redisUrl === undefined
    ? { kind: 'postgres', url: env.databaseUrl }
    : { kind: 'redis', url: env.redisUrl };
}
