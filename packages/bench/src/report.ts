import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, platform, totalmem } from 'node:os';
import { onServer } from '@rat/testing';
import type { MeasuredBench } from './bench.ts';
import type { Row } from './measure.ts';

/** The machine of a measurement, and the versions of what was measured. */
export interface Machine {
  cpu: string;
  cores: number;
  memory_gb: number;
  system: string;
  node: string;
  postgres: string;
  redis: string;
  duckdb: string;
  bullmq: string;
}

/** The file that `npm run bench -- --json FILE` writes. */
export interface Report {
  at: string;
  quick: boolean;
  machine: Machine;
  load: number[];
  benches: MeasuredBench[];
}

/** The machine and the versions of the measurement: figures mean nothing without them. */
export async function describeMachine({
  adminUrl,
  redisVersion,
}: {
  adminUrl: string;
  redisVersion: string;
}): Promise<Machine> {
  let postgres = '';
  await onServer(adminUrl, async (client) => {
    const shown = await client.query<{ server_version: string }>('SHOW server_version');
    postgres = shown.rows[0]?.server_version ?? '';
  });
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory_gb: Math.round(totalmem() / 1024 ** 3),
    system: platform(),
    node: process.version,
    postgres,
    redis: redisVersion,
    duckdb: await versionOf('@duckdb/node-api'),
    bullmq: await versionOf('bullmq'),
  };
}

async function versionOf(name: string): Promise<string> {
  const file = new URL(`../../../node_modules/${name}/package.json`, import.meta.url);
  return (JSON.parse(await readFile(file, 'utf8')) as { version: string }).version;
}

/** The table of one report, as Markdown: shown in the terminal and written to docs/benchmarks.md. */
export function toTable(benches: readonly MeasuredBench[]): string {
  const head = [
    '| | | median | p95 | p99 | spread | baseline | ratio | goal |',
    '| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |',
  ];
  const lines = benches.flatMap(({ name, error, rows }) =>
    error === undefined
      ? rows.map((one) => toLine(name, one))
      : [`| \`${name}\` | could not be measured: ${error} | | | | | | | |`],
  );
  return [...head, ...lines].join('\n');
}

function toLine(name: string, { what, unit, ours, baseline, ratio, goals }: Row): string {
  const goal = goals.map((one) => `${one.goal}: ${one.met ? 'met' : '**missed**'}`).join('; ');
  const cells = [
    `\`${name}\``,
    what,
    `${figure(ours.median)} ${unit}`,
    // A single measurement has neither tail nor spread.
    ...(ours.n === 1
      ? ['', '', '']
      : [figure(ours.p95), figure(ours.p99), `${figure(ours.min)} – ${figure(ours.max)}`]),
    baseline === null ? '' : figure(baseline.median),
    ratio === null ? '' : `${ratio.toFixed(2)} ×`,
    goal,
  ];
  return `| ${cells.join(' | ')} |`;
}

/** Rounds to three digits: a measurement of this kind is not more precise. */
function figure(value: number): string {
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 3));
}

export function toMachineLine(machine: Machine): string {
  return (
    `${machine.cpu}, ${machine.cores} cores, ${machine.memory_gb} GB; ${machine.system}; Node ${machine.node}, ` +
    `Postgres ${machine.postgres}, Redis ${machine.redis}, DuckDB ${machine.duckdb}, BullMQ ${machine.bullmq}`
  );
}
