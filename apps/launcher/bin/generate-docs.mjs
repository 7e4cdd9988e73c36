// Writes the table of docs/configuration.md, and the names of all variables for the services, from the schemas that parse the
// environment. With --check it only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../../../', import.meta.url);
const page = 'docs/configuration.md';
const BEGIN = '<!-- configuration: begin, made by `npm run docs` -->';
const END = '<!-- configuration: end -->';

const { launcherEnv, applyEnv, placesEnv, doctorEnv } = await import(
  new URL('apps/launcher/dist/env.js', root)
);
const { apiEnv } = await import(new URL('apps/api/dist/env.js', root));
const { runnerEnv } = await import(new URL('apps/runner/dist/env.js', root));

/** variable → its line; the description of the launcher comes first, since most people use it first. */
const variables = new Map();
for (const [service, schema] of [
  ['start', launcherEnv],
  ['api', apiEnv],
  ['runner', runnerEnv],
  ['apply', applyEnv],
  ['backup', placesEnv],
  ['doctor', doctorEnv],
]) {
  for (const [name, field] of Object.entries(schema.shape)) {
    const known = variables.get(name) ?? { about: field.description ?? '', readers: [] };
    known.readers.push({ service, fallback: defaultOf(field) });
    variables.set(name, known);
  }
}

function defaultOf(field) {
  const empty = field.safeParse(undefined);
  if (!empty.success) return '(required)';
  return empty.data === undefined ? '' : `\`${empty.data}\``;
}

function row([name, { about, readers }]) {
  const fallbacks = new Set(readers.map((reader) => reader.fallback));
  const fallback =
    fallbacks.size === 1
      ? [...fallbacks][0]
      : readers
          .filter((reader) => reader.fallback !== '')
          .map((reader) => `${reader.service}: ${reader.fallback}`)
          .join(', ');
  const services = readers.map((reader) => reader.service).join(', ');
  return `| \`${name}\` | ${services} | ${fallback} | ${about} |`;
}

const table = [
  '| variable | read by | default | |',
  '| --- | --- | --- | --- |',
  ...[...variables].map(row),
].join('\n');

const before = readFileSync(fileURLToPath(new URL(page, root)), 'utf8');
const [head, rest] = before.split(BEGIN);
const tail = rest?.split(END)[1];
if (head === undefined || tail === undefined) throw new Error(`${page} has lost its markers`);
const after = `${head}${BEGIN}\n\n${table}\n\n${END}${tail}`;

const namesFile = 'packages/runtime/src/variable-names.ts';
const names = `/** The environment variables of all processes, which may share one environment. \`npm run docs\` writes this file. */
export const VARIABLE_NAMES: readonly string[] = [
${[...variables.keys()]
  .filter((name) => name.startsWith('RAT_'))
  .toSorted((one, other) => (one < other ? -1 : 1))
  .map((name) => `  '${name}',\n`)
  .join('')}];
`;

for (const [path, now] of [
  [page, after],
  [namesFile, names],
]) {
  const at = fileURLToPath(new URL(path, root));
  if (readFileSync(at, 'utf8') === now) continue;
  if (process.argv.includes('--check')) {
    console.error(`${path} is stale: run \`npm run docs\``);
    process.exitCode = 1;
  } else {
    writeFileSync(at, now);
  }
}
