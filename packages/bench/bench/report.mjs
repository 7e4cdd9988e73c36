import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, platform, totalmem } from 'node:os';
import { onServer } from '@rat/testing';

/** The machine and the versions of the measurement: figures mean nothing without them. */
export async function describeMachine({ adminUrl, redisVersion }) {
  let postgres = '';
  await onServer(adminUrl, async (client) => {
    postgres = (await client.query('SHOW server_version')).rows[0].server_version;
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

async function versionOf(name) {
  const file = new URL(`../../../node_modules/${name}/package.json`, import.meta.url);
  return JSON.parse(await readFile(file, 'utf8')).version;
}

/** The table of one report, as Markdown: shown in the terminal and written to docs/benchmarks.md. */
export function toTable(benches) {
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

function toLine(name, { what, unit, ours, baseline, ratio, goals }) {
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
export function figure(value) {
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 3));
}

export function toMachineLine(machine) {
  return (
    `${machine.cpu}, ${machine.cores} cores, ${machine.memory_gb} GB; ${machine.system}; Node ${machine.node}, ` +
    `Postgres ${machine.postgres}, Redis ${machine.redis}, DuckDB ${machine.duckdb}, BullMQ ${machine.bullmq}`
  );
}
