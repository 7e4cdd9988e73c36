import { quotedIdentifier } from '@duckdb/node-api';
import { REFUSED, SAFE } from './classified-names.ts';
import { partsOf, type SqlPart } from '../sql/tokenize-sql.ts';

/** The schemas with the views of the session's inputs, and with those for quality tests. */
export const INPUT_SCHEMA = 'rat_inputs';
export const TESTED_SCHEMA = 'rat_tested';

/** The prefix of the session's own names. */
const OWN_PREFIX = '__rat_';
/** The prefix of variables that list the files of a landing zone. */
const ZONE_PREFIX = 'landing_zone:';

/** At most `CREATE OR REPLACE TEMPORARY` precedes `MACRO`. */
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
 * Why a statement may not define or change the object that it names: no object may shadow an input
 * of the run, a table of the session, or a function of the engine. Undefined when it may.
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

/** Whether a statement changes an input; a reference in the session's schema may only be read. */
function changesInput(first: string, names: readonly string[]): boolean {
  const at = names.findIndex((name) => name === INPUT_SCHEMA || name === TESTED_SCHEMA);
  if (at < 0) return false;
  if (first === 'alter' || first === 'drop' || first === 'comment') return true;
  if (first !== 'create') return false;
  const end = names.findIndex((name) => name === 'as' || name === 'on');
  return end < 0 || at < end;
}

/**
 * A macro takes precedence over the engine's function of its name, also in the platform's
 * statements.
 */
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
 * The SQL name of an input in a pipeline's statement. It is the full name, so that no object of the
 * author, temporary or not, can shadow the input.
 */
export function inputRelation(name: string): string {
  return `memory.${INPUT_SCHEMA}.${quotedIdentifier(name)}`;
}

/**
 * The SQL name of a table in a quality test; `Session.showTested` creates it after the statements.
 */
export function testedRelation(name: string): string {
  return `memory.${TESTED_SCHEMA}.${quotedIdentifier(name)}`;
}
