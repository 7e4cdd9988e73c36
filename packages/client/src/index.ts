/**
 * The client of the HTTP API, for Node and browsers, without a dependency at run time.
 *
 * Promises: an operation of the contract is a method with its types; a request is sent again only where its operation
 * allows it; a stream resumes without a gap or a double.
 * Refuses to know: how anything is shown, stored or configured; it does not check the shape of an answer.
 * Fails: with a RatError, whose class is its kind; an aborted call fails with the reason of its signal.
 *
 * @example
 * const rat = new RatClient({ baseUrl: 'http://127.0.0.1:8080', token });
 * for await (const run of rat.runs.list({ status: ['failed'] })) console.log(run.id, run.error);
 * const run = await rat.runs.wait(runId);
 */
export {
  ConflictError,
  ConnectionError,
  ForbiddenError,
  IntegrityError,
  InvalidArgumentError,
  NotFoundError,
  PreconditionError,
  RateLimitError,
  RatError,
  UnauthenticatedError,
  UnavailableError,
} from './errors.ts';
export type { FollowOptions } from './follow-stream.ts';
export { collect, Pages } from './pages.ts';
export { RatClient, type Runs } from './rat-client.ts';
export type { FeedEvent, RunEvent, RunEventsQuery } from './run-events.ts';
export type { CallOptions, ClientOptions } from './send.ts';
