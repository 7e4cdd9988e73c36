// Writes src/operations.gen.ts from the operations of the contract. With --check it only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { format } from 'oxfmt';
import { OPERATIONS } from '../../contracts/dist/index.js';
import { LEFT_OUT, METHOD_NAMES } from './method-names.mjs';

const FILE = new URL('../src/operations.gen.ts', import.meta.url);

/** The key of the items, where an answer has several lists. */
const ITEMS = { listAllLandingZones: 'landing_zones', getRunLogs: 'logs' };

/** How the pages of a list follow each other, and the key of their items: `cursor:runs`. */
function pagingOf({ id, query, answers }) {
  const page = answers[200]?.content['application/json']?.shape ?? {};
  const parameters = query?.shape ?? {};
  const [by] = [
    'cursor' in parameters && 'next_cursor' in page && 'cursor',
    'offset' in parameters && 'total' in page && 'offset',
    'after' in parameters && 'next_after' in page && 'after',
  ].filter(Boolean);
  if (by === undefined) return [];
  const lists = Object.keys(page).filter((key) => page[key].def.type === 'array');
  const items = ITEMS[id] ?? lists[0];
  if (ITEMS[id] === undefined && lists.length !== 1)
    throw new Error(`${id}: name the key of its items in ITEMS, one of ${lists.join(', ')}`);
  return [`${by}:${items}`];
}

function routeOf(operation) {
  const { method, path, deep, retry, query, body, rawBody, requiresBody } = operation;
  const needsBody = requiresBody || body?.safeParse({}).success === false;
  return [
    method.toUpperCase(),
    // A star marks the parameter that keeps its slashes.
    deep ? path.replace(/\{(\w+)\}$/, '{*$1}') : path,
    retry,
    ...(rawBody ? ['raw'] : body ? [needsBody ? 'body' : 'body?'] : []),
    ...(query ? [query.safeParse({}).success ? 'query?' : 'query'] : []),
    ...pagingOf(operation),
  ].join(' ');
}

function resourceOf({ path }) {
  const [, first, , resource] = path.split('/');
  if (first !== 'api') return 'system';
  return resource.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
}

const names = structuredClone(METHOD_NAMES);
const named = new Set(Object.values(names).flatMap((methods) => Object.values(methods)));
/** Whether the answer is something else than JSON, such as a page or metrics, which no method reads. */
function hasNoJson({ answers }) {
  const contents = Object.entries(answers).filter(([status]) => status < 300);
  const types = contents.flatMap(([, { content }]) => Object.keys(content));
  return types.length > 0 && !types.includes('application/json');
}

for (const operation of Object.values(OPERATIONS)) {
  if (named.has(operation.id) || LEFT_OUT.includes(operation.id)) continue;
  if (hasNoJson(operation)) continue;
  names[resourceOf(operation)] ??= {};
  names[resourceOf(operation)][operation.id] = operation.id;
}

function tree(valueOf) {
  const resources = Object.entries(names).map(([resource, methods]) => {
    const lines = Object.entries(methods).map(([method, id]) => `${method}: '${valueOf(id)}'`);
    return `${resource}: { ${lines.join(', ')} }`;
  });
  return `{ ${resources.join(', ')} }`;
}

const text = `// Made by \`npm run docs:openapi\` from the operations of the contract. Do not change it by hand.

/** The operation behind each method of the client, as text: its method, path, retry, body, query and paging. */
export const ROUTES = ${tree((id) => routeOf(OPERATIONS[id]))} as const;

/** The id of the operation behind each method of the client. */
export type MethodOperations = ${tree((id) => id)};
`;

const { code: after } = await format('operations.gen.ts', text, {
  printWidth: 100,
  singleQuote: true,
});
if (process.argv.includes('--check')) {
  if (readFileSync(FILE, 'utf8') !== after) {
    console.error(
      'packages/client/src/operations.gen.ts is stale: run `npm run docs:openapi`, then build again',
    );
    process.exitCode = 1;
  }
} else {
  writeFileSync(FILE, after);
}
