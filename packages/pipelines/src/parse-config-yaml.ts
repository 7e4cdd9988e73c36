import {
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
  type Pair,
  type Scalar,
} from 'yaml';
import type { SourcePlace } from './source-map.ts';

/** A mistake in a YAML text. */
export interface YamlMistake extends Partial<SourcePlace> {
  message: string;
}

/** The content of a `config.yaml`. */
export interface ConfigYaml {
  /** Undefined for an empty file, and when there are mistakes. */
  value: unknown;
  mistakes: YamlMistake[];
  /** The position of a key; of a path of keys and numbers of items, that of the deepest that is there. */
  placeOf: (...path: string[]) => SourcePlace | undefined;
}

const ALIASES_MAX = 100;
/** More than any configuration has, in brackets or in columns of indentation. */
const DEPTH_MAX = 100;
/** Decimal numbers that JavaScript keeps and prints unchanged. */
const DECIMAL = /^-?(?!.{17})(?:0|[1-9]\d*)(?:\.\d+)?$/;

/**
 * Parses the YAML of a configuration: version 1.2, one document, without tags and merge keys. A
 * scalar that YAML parsers interpret in different ways is a mistake, or stays text. The number of
 * aliases is bounded, so that they cannot multiply into a huge value.
 */
export function parseConfigYaml(text: string): ConfigYaml {
  const lines = new LineCounter();
  const place = (offset: number | undefined): Partial<SourcePlace> => {
    if (offset === undefined) return {};
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const mistakes: YamlMistake[] = [];
  // The parser recurses for each level. Near the end of the stack V8 may end the whole process.
  const deep = findTooDeep(text);
  if (deep !== undefined) {
    // The parser, which did not run, would have counted the lines.
    const before = text.slice(0, deep).split('\n');
    const at = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
    const mistake = { message: 'is nested too deeply', ...at };
    return { value: undefined, mistakes: [mistake], placeOf: () => undefined };
  }
  let document: Document.Parsed | undefined;
  let value: unknown;
  try {
    document = parseDocument(text, { lineCounter: lines, logLevel: 'error' });
    for (const { message, pos } of [...document.errors, ...document.warnings]) {
      mistakes.push({ message: describe(message), ...place(pos[0]) });
    }
    if (mistakes.length === 0) {
      if (document.directives.yaml.explicit === true) {
        const message = 'the directive %YAML is not used here: leave it out';
        mistakes.push({ message, ...place(text.indexOf('%YAML')) });
      }
      for (const { message, at } of judge(document)) {
        mistakes.push({ message, ...place(at?.range?.[0]) });
      }
    }
    if (mistakes.length === 0) value = document.toJS() ?? undefined;
  } catch (error) {
    // The parser recurses for each level, so deep nesting exceeds the stack.
    if (!(error instanceof RangeError)) throw error;
    mistakes.push({ message: 'is nested too deeply' });
  }
  const placeOf = (...path: string[]): SourcePlace | undefined => {
    const offset = document && findDeepest(document, path);
    const { line, column } = place(offset);
    return line === undefined || column === undefined ? undefined : { line, column };
  };
  return { value, mistakes, placeOf };
}

/** The offset of the deepest key or item of a path that is there. */
function findDeepest(document: Document.Parsed, path: readonly string[]): number | undefined {
  let found: number | undefined;
  let within: unknown = document.contents;
  for (let rest = path; rest.length > 0;) {
    const next = stepInto(isAlias(within) ? within.resolve(document) : within, rest);
    if (next?.offset === undefined) break;
    found = next.offset;
    within = next.value;
    rest = rest.slice(next.steps);
  }
  return found;
}

interface Step {
  offset: number | undefined;
  value: unknown;
  /** How many parts of the path it took. */
  steps: number;
}

function stepInto(within: unknown, path: readonly string[]): Step | undefined {
  if (isSeq(within)) {
    const item = within.items[Number(path[0])];
    return isNode(item) ? { offset: item.range?.[0], value: item, steps: 1 } : undefined;
  }
  if (!isMap(within)) return undefined;
  // A key may have dots, at which the path of an issue was divided.
  for (let steps = path.length; steps > 0; steps -= 1) {
    const name = path.slice(0, steps).join('.');
    const pair = within.items.find(({ key }) => isScalar(key) && key.value === name);
    if (isScalar(pair?.key)) return { offset: pair.key.range?.[0], value: pair.value, steps };
  }
  return undefined;
}

/** The offset of the first place that may be nested too deeply: counts brackets and indentation. */
function findTooDeep(text: string): number | undefined {
  let brackets = 0;
  let column = 0;
  let isIndent = true;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '\n') {
      column = 0;
      isIndent = true;
      continue;
    }
    if (!' \t-?:'.includes(character)) isIndent = false;
    if (isIndent) column += 1;
    if (character === '[' || character === '{') brackets += 1;
    else if (character === ']' || character === '}') brackets = Math.max(0, brackets - 1);
    if (brackets > DEPTH_MAX || column > 2 * DEPTH_MAX) return at;
  }
  return undefined;
}

interface Finding {
  message: string;
  at?: Node;
}

/**
 * Finds valid YAML that is no valid configuration. Converts numbers that would lose digits to text.
 */
function judge(document: Document.Parsed): Finding[] {
  const found: Finding[] = [];
  let aliases = 0;
  visit(document, {
    Node: (_, node, path) => {
      if (isAlias(node)) {
        aliases += 1;
        if (aliases > ALIASES_MAX) {
          found.push({
            message: `has more than ${ALIASES_MAX} aliases: write the values out`,
            at: node,
          });
          return visit.BREAK;
        }
        if (node.resolve(document) === undefined) {
          const message = `*${node.source} has no anchor above it: text that begins with * needs quotes`;
          found.push({ message, at: node });
        }
        if (path.some((one) => !isPair(one) && 'anchor' in one && one.anchor !== undefined)) {
          found.push({
            message:
              'has an alias within what has an anchor, so values could multiply: write the value out',
            at: node,
          });
          return visit.BREAK;
        }
        return undefined;
      }
      if (node.tag !== undefined) {
        found.push({
          message: `has the tag ${node.tag}: leave it out, and write text in quotes`,
          at: node,
        });
      }
      if (isScalar(node)) {
        const message = judgeScalar(node, isAcceptedValue(path));
        if (message !== undefined) found.push({ message, at: node });
      }
      return undefined;
    },
    Pair: (_, { key }) => {
      if (!isScalar(key) || typeof key.value !== 'string') {
        found.push({ message: 'a key must be a name', ...(isScalar(key) ? { at: key } : {}) });
      } else if (key.value === '<<') {
        found.push({ message: 'has the merge key <<: write the keys out', at: key });
      }
    },
  });
  return found;
}

/** Describes the mistake of a number, or keeps the number as it was written. */
function judgeScalar(node: Scalar, isText: boolean): string | undefined {
  const { value, source = '' } = node;
  if (typeof value === 'boolean') {
    if (isText && source !== String(value)) node.value = source;
    return undefined;
  }
  if (typeof value !== 'number') return undefined;
  if (!Number.isFinite(value)) return `${source} is no number here: write it as text, in quotes`;
  if (isText && String(value) !== source) node.value = source;
  if (isText || DECIMAL.test(source)) return undefined;
  return `${source} is not written in plain decimal digits: write ${value}, or put it in quotes if it is text`;
}

/** Whether a value belongs to `accepted_values`, which compares the written text. */
function isAcceptedValue(path: readonly (Document | Node | Pair)[]): boolean {
  const keys = path.flatMap((one) => (isPair(one) && isScalar(one.key) ? [one.key.value] : []));
  return keys.at(-1) === 'values' && keys.at(-2) === 'accepted_values';
}

function describe(message: string): string {
  const [first = 'is not YAML'] = message.split('\n', 1);
  const plain = first.replace(/ at line \d+, column \d+:?$/, '');
  if (plain === 'Map keys must be unique') return 'sets a key twice';
  if (plain.startsWith('Source contains multiple documents')) return 'must be one document';
  return plain;
}
