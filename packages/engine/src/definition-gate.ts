import { quotedIdentifier } from '@duckdb/node-api';
import { REFUSED, SAFE } from './classified-names.ts';
import { partsOf, type SqlPart } from './tokenize-sql.ts';

/** Where the session keeps the views of its inputs, and later those that quality tests read. */
export const INPUT_SCHEMA = 'rat_inputs';
export const TESTED_SCHEMA = 'rat_tested';

/** Names that begin with it are the session's own. */
const OWN_PREFIX = '__rat_';
/** Variables that begin with it list the files of a landing zone. */
const ZONE_PREFIX = 'landing_zone:';

/** `CREATE OR REPLACE TEMPORARY` stands before `MACRO` at most. */
const CREATE_WORDS_MAX = 4;

const DEFINING: ReadonlySet<string> = new Set([
  'alter',
  'comment',
  'create',
  'delete',
  'drop',
  'insert',
  'merge',
  'truncate',
  'update',
  'with',
]);

/**
 * Why a statement may not define or change what it names: nothing may stand for an input of the run, for a table of the
 * session's own, or for a function of the engine. Undefined when it may.
 */
export function refusalByDefinition(text: string): string | undefined {
  const parts = partsOf(text);
  const names = parts.map(({ name }) => name ?? '');
  const [first = '', second = '', third = ''] = names;
  if ((first === 'set' || first === 'reset') && second === 'variable') {
    return third.startsWith(ZONE_PREFIX)
      ? `a change of the variable ${third} is not allowed: it lists the files of a landing zone`
      : undefined;
  }
  if (!DEFINING.has(first)) return undefined;
  if (first === 'with' && !names.some((name) => /^(?:insert|update|delete|merge)$/.test(name))) {
    return undefined;
  }
  const own = names.find((name) => name.startsWith(OWN_PREFIX));
  if (own !== undefined)
    return `the name ${own} is not allowed: ${OWN_PREFIX} is the product's own`;
  if (changesInput(first, names)) {
    return 'a change of an input is not allowed: a pipeline reads its inputs and its own table';
  }
  return first === 'create' ? refusalByShadow(parts) : undefined;
}

/** A reference to an input is a name in the session's schema; only what a statement reads may be one. */
function changesInput(first: string, names: readonly string[]): boolean {
  const at = names.findIndex((name) => name === INPUT_SCHEMA || name === TESTED_SCHEMA);
  if (at < 0) return false;
  if (first === 'alter' || first === 'drop' || first === 'comment') return true;
  if (first !== 'create') return false;
  const end = names.findIndex((name) => name === 'as' || name === 'on');
  return end < 0 || at < end;
}

/** A macro is found before the engine's function of its name, by our statements and by quality tests as well. */
function refusalByShadow(parts: readonly SqlPart[]): string | undefined {
  const kind = parts.findIndex(({ name }) => name === 'macro' || name === 'function');
  if (kind < 0 || kind > CREATE_WORDS_MAX) return undefined;
  let at = kind + 1;
  if (parts[at]?.name === 'if') at += 3;
  while (parts[at + 1]?.symbol === '.') at += 2;
  const name = parts[at]?.name ?? '';
  if (!SAFE.has(name) && !REFUSED.has(name)) return undefined;
  return `a macro called ${name} is not allowed: that is a function of the engine`;
}

/**
 * How a statement of a pipeline names one of its inputs. By its full name, so that no object that the author makes, temporary
 * or not, stands for the input.
 */
export function inputRelation(name: string): string {
  return `memory.${INPUT_SCHEMA}.${quotedIdentifier(name)}`;
}

/** How a quality test names a table: the session shows it once the pipeline's statements have all run. */
export function testedRelation(name: string): string {
  return `memory.${TESTED_SCHEMA}.${quotedIdentifier(name)}`;
}
