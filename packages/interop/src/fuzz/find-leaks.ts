/** A token, a session or a ticket of the API, in full. */
const TOKEN = /\brat[st]?_[\w-]{43}/;

/** A line of a stack trace, as it is or as a JSON string. */
const STACK = /(?:\n|\\n)\s+at \S+.*:\d+:\d+/;

const CODE = /node_modules|file:\/\/\/|\bPrismaClient|\/dist\/[\w/-]+\.js|\/src\/[\w/-]+\.ts/;

/**
 * The operations whose success shows a secret that they have made, once: a token, a ticket, the token of a webhook.
 */
const SHOWS_SECRET: ReadonlySet<string> = new Set([
  'createToken',
  'createStreamTicket',
  'createSession',
  'createPipelineTrigger',
  'putPipelineTrigger',
]);

/** What an answer must not hold. */
export interface Forbidden {
  /** Tokens, passwords and folders of this machine. */
  secrets: readonly string[];
  /** Texts of namespaces that the principal may not see. */
  hidden: readonly string[];
  /** The names of the tables of the database; none is a word of the API. */
  tables: readonly string[];
}

/** What an answer holds that nobody may see. */
export function findLeaks(
  { operationId, status, text }: { operationId: string; status: number; text: string },
  { secrets, hidden, tables }: Forbidden,
): string[] {
  const leaks: string[] = [];
  if (secrets.some((secret) => text.includes(secret)))
    leaks.push('a secret of the installation or a path');
  if (hidden.some((one) => text.includes(one))) leaks.push('content of another namespace');
  if (STACK.test(text)) leaks.push('a stack trace');
  if (CODE.test(text)) leaks.push('a path of the code');
  if (TOKEN.test(text) && !(status < 300 && SHOWS_SECRET.has(operationId))) leaks.push('a token');
  const statement = new RegExp(`(?:FROM|INTO|UPDATE|JOIN)\\s+"?(?:${tables.join('|')})\\b`);
  if (tables.length > 0 && statement.test(text)) leaks.push('SQL of the API');
  return leaks;
}
