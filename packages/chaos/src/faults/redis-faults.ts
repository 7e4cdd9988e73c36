import { redisCommand } from '../redis-command.ts';
import { noteFault, wait, type Turn } from '../turn.ts';

export async function flushRedis(turn: Turn): Promise<void> {
  noteFault(turn, 'FLUSHALL');
  await tellRedis(turn, 'FLUSHALL');
}

export async function killRedisClients(turn: Turn): Promise<void> {
  noteFault(turn, 'CLIENT KILL of all');
  for (const type of ['normal', 'pubsub']) await tellRedis(turn, `CLIENT KILL TYPE ${type}`);
}

export async function pauseRedis(turn: Turn): Promise<void> {
  noteFault(turn, 'CLIENT PAUSE');
  const ms = turn.random.between(2_000, 6_000);
  await tellRedis(turn, `CLIENT PAUSE ${ms} ALL`);
  await wait(turn, ms, ms);
}

/** Kills a Redis with SIGKILL that stores nothing on disk. */
export async function crashForgetfulRedis(turn: Turn): Promise<void> {
  noteFault(turn, 'SIGKILL of Redis, which forgets');
  const restart = await turn.installation.crashRedis({ appendOnly: 'no' });
  try {
    await wait(turn, 0, 3_000);
  } finally {
    await restart();
  }
}

/** Kills a Redis with SIGKILL that logs its commands and restarts with its tickets. */
export async function crashLoggingRedis(turn: Turn): Promise<void> {
  await tellRedis(turn, 'CONFIG SET appendonly yes');
  await wait(turn, 500, 2_500);
  noteFault(turn, 'SIGKILL of Redis, which remembers');
  const restart = await turn.installation.crashRedis({ appendOnly: 'yes' });
  try {
    await wait(turn, 0, 3_000);
  } finally {
    await restart();
  }
  await tellRedis(turn, 'CONFIG SET appendonly no');
}

export async function loseRedis(turn: Turn): Promise<void> {
  noteFault(turn, 'Redis out of reach for 20 s');
  const links = turn.installation.links('redis');
  await Promise.all(links.map(({ proxy }) => proxy.refuse()));
  try {
    await wait(turn, 20_000, 20_000);
  } finally {
    await Promise.all(links.map(({ proxy }) => proxy.heal()));
  }
}

async function tellRedis(turn: Turn, command: string): Promise<void> {
  const { redis } = turn.installation;
  if (redis === undefined) throw new Error('this installation has no Redis');
  await redisCommand(redis.url, command);
}
