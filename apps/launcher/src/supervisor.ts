import { waitFor } from '@rat/runtime';
import type { Home } from './home.ts';
import { LauncherError } from './launcher-error.ts';
import { plainLog } from './plain-error.ts';
import { decideRestart } from './restart-policy.ts';
import { type Service, type ServiceSpec, startService } from './service.ts';

/** The time for a service to stop; the whole launcher promises ten seconds. */
const STOP_GRACE_MS = 6_000;

/**
 * Keeps services running. Modes: starting (a service that dies is an error to report) → keeping (it is started again)
 * → stopping (its death is what we wait for). `stop()` is the only way to the last one, from either.
 * In mode keeping, `restart()` replaces every service by a new process of the build on disk.
 */
export class Supervisor {
  readonly #home: Home;
  readonly #say: (line: string) => void;
  readonly #services = new Map<string, { spec: ServiceSpec; service: Service }>();
  /** Processes that `restart()` has ended: their end is no crash. */
  readonly #replaced = new WeakSet<Service>();
  readonly #onGiveUp: 'fail' | 'wait';
  readonly #stopping = new AbortController();
  readonly #starting: Promise<void>[] = [];
  #mode: 'starting' | 'keeping' | 'stopping' = 'starting';
  #fail: (error: LauncherError) => void = () => undefined;
  /** Rejects when a service ended at start or could not be kept running; never resolves. */
  readonly failed: Promise<never>;

  /** `onGiveUp`: whether a service that keeps ending fails the whole, or waits for `restart()`. */
  constructor(home: Home, say: (line: string) => void, onGiveUp: 'fail' | 'wait' = 'fail') {
    this.#home = home;
    this.#say = say;
    this.#onGiveUp = onGiveUp;
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    // Without this listener, an early failure would end the process as an unhandled rejection.
    this.failed.catch(() => undefined);
  }

  async start(spec: ServiceSpec): Promise<void> {
    const begun = this.#begin(spec, []);
    this.#starting.push(begun.catch(() => undefined));
    await begun;
  }

  /** From now on, restarts a service that ends. */
  keep(): void {
    if (this.#mode === 'starting') this.#mode = 'keeping';
  }

  /** Stops all services at once and resolves when they are gone. */
  async stop(): Promise<void> {
    this.#mode = 'stopping';
    this.#stopping.abort();
    await Promise.all(this.#starting);
    const services = [...this.#services.values()];
    await Promise.all(services.map(({ service }) => service.stop(STOP_GRACE_MS)));
  }

  /** Ends every service in order and starts it again. Its history of crashes is forgotten. Not safe to call twice at once. */
  async restart(): Promise<void> {
    // A service that is being started again after a crash is on the list afterwards.
    await Promise.all(this.#starting);
    if (this.#mode !== 'keeping') return;
    const services = [...this.#services.values()];
    for (const { service } of services) this.#replaced.add(service);
    await Promise.all(
      services.map(async ({ spec, service }) => {
        await service.stop(STOP_GRACE_MS);
        await this.#restart(spec, []);
      }),
    );
  }

  /** Starts a service; `crashesAtMs` are the times of its earlier crashes. */
  async #begin(spec: ServiceSpec, crashesAtMs: number[]): Promise<void> {
    if (this.#mode === 'stopping') return;
    const service = await startService(spec, this.#home);
    this.#services.set(spec.name, { spec, service });
    void service.ended.then((how) => this.#onEnd({ spec, service, how, crashesAtMs }));
  }

  async #onEnd(end: {
    spec: ServiceSpec;
    service: Service;
    how: string;
    crashesAtMs: number[];
  }): Promise<void> {
    const { spec, service, how } = end;
    if (this.#mode === 'stopping' || this.#replaced.has(service)) return;
    if (this.#mode === 'starting') {
      this.#fail(
        new LauncherError(
          `${spec.name} ended at start (${how}):\n${plainLog(await service.tail())}`,
        ),
      );
      return;
    }
    const now = performance.now();
    const crashesAtMs = [...end.crashesAtMs, now];
    const decision = decideRestart(crashesAtMs, now);
    if (decision.kind === 'give_up') {
      const line = `${spec.name} keeps ending (${how}):\n${plainLog(await service.tail())}`;
      if (this.#onGiveUp === 'fail') this.#fail(new LauncherError(line));
      else this.#say(`${line}\n${spec.name} is started again after the next change`);
      return;
    }
    this.#say(`${spec.name} ended (${how}), starting it again in ${decision.delayMs} ms`);
    // The process has ended; this ends the rest of its group.
    await service.stop(0);
    if (!(await waitFor(decision.delayMs, this.#stopping.signal))) return;
    if (this.#replaced.has(service)) return;
    await this.#restart(spec, crashesAtMs);
  }

  async #restart(spec: ServiceSpec, crashesAtMs: number[]): Promise<void> {
    const begun = this.#begin(spec, crashesAtMs);
    this.#starting.push(begun.catch(() => undefined));
    await begun.catch((error: unknown) => {
      this.#fail(new LauncherError(`${spec.name} could not be started again`, { cause: error }));
    });
  }
}
