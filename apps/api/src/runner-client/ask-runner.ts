import {
  DOOR_VERBS,
  doorError,
  fromDoorError,
  type DoorAnswer,
  type DoorQuestion,
  type DoorVerb,
} from '@rat/contracts';
import { LimitError, UnavailableError } from '@rat/domain';
import { listDoors, type RunnerDoor } from '@rat/store';
import type { AppDeps } from '../app-deps.ts';

/** Longer than a query may take at most; the runner's own limit comes first. */
const ANSWER_TIMEOUT_MS = 270_000;

/** What is read from metadata takes milliseconds: a runner that is frozen must not hold up the others. */
const QUICK_TIMEOUT_MS = 20_000;

const QUICK: ReadonlySet<DoorVerb> = new Set(['list-tables', 'get-table']);

/** Asked twice, these would be refused as done already: whoever may have got the question is the only one to be asked. */
const DECIDES: ReadonlySet<DoorVerb> = new Set([
  'publish-run',
  'discard-run',
  'revert-run',
  'delete-landing-file',
]);

/** Errors of a connection that was never made. */
const UNSENT: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/**
 * Asks a live runner about the data, another one when the first cannot be reached or has too much to do. Throws what
 * the runner refused with, and UnavailableError when there is none to ask. The signal aborts when the client is gone.
 */
export async function askRunner<V extends DoorVerb>(
  deps: Pick<AppDeps, 'db' | 'log'>,
  verb: V,
  question: DoorQuestion<V>,
  signal: AbortSignal,
): Promise<DoorAnswer<V>> {
  let refusal: Error = new UnavailableError('no runner is live that could answer; try again later');
  for (const door of await listDoors(deps.db)) {
    const answer = await ask(deps, door, { verb, question, signal });
    if (!(answer instanceof Error)) return DOOR_VERBS[verb].answer.parse(answer) as DoorAnswer<V>;
    // The one that has too much to do is the better explanation: it is there.
    if (answer instanceof LimitError || !(refusal instanceof LimitError)) refusal = answer;
  }
  throw refusal;
}

/** The answer; or, as a value, the reason to ask somebody else. */
async function ask(
  { log }: Pick<AppDeps, 'log'>,
  door: RunnerDoor,
  asked: { verb: DoorVerb; question: object; signal: AbortSignal },
): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(`${door.url}/${asked.verb}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${door.key}` },
      body: JSON.stringify(asked.question),
      signal: AbortSignal.any([
        asked.signal,
        AbortSignal.timeout(QUICK.has(asked.verb) ? QUICK_TIMEOUT_MS : ANSWER_TIMEOUT_MS),
      ]),
    });
  } catch (err) {
    asked.signal.throwIfAborted();
    log.warn({ err, door: door.url }, 'runner could not be asked');
    if (DECIDES.has(asked.verb) && !UNSENT.has(codeOf(err))) {
      const message = 'the runner went away before it answered: look at what became of it first';
      throw new UnavailableError(message, { cause: err });
    }
    return new UnavailableError('no runner could be reached; try again later', { cause: err });
  }
  // A runner that was restarted has another key, and will have announced it in a moment.
  if (response.status === 401) {
    await response.arrayBuffer();
    return new UnavailableError('no runner could be reached; try again later');
  }
  const body: unknown = await response.json();
  if (response.ok) return body;
  const error = fromDoorError(doorError.parse(body));
  if (error instanceof LimitError) return error;
  throw error;
}

function codeOf(error: unknown): unknown {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  return typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
}
