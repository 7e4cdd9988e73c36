import { waitFor } from '@rat/runtime';
import type { Home } from './home.ts';
import { LauncherError } from './launcher-error.ts';
import { plainLog } from './plain-error.ts';
import { decideRestart } from './restart-policy.ts';
import { type Service, type ServiceSpec, startService } from './service.ts';

/** A stopping service gets this long; the launcher as a whole promises ten seconds. */
const STOP_GRACE_MS = 6_000;

/**
 * Keeps services running. Modes: starting (a service that dies is an error to report) → keeping (it is started again)
 * → stopping (its death is what we wait for). `stop()` is the only way to the last one, from either.
 */
export class Supervisor {
  readonly #home: Home;
  readonly #say: (line: string) => void;
  readonly #services = new Map<string, Service>();
  readonly #stopping = new AbortController();
  readonly #starting: Promise<void>[] = [];
  #mode: 'starting' | 'keeping' | 'stopping' = 'starting';
  #fail: (error: LauncherError) => void = () => undefined;
  /** Rejects when a service died at start or could not be kept alive; never resolves. */
  readonly failed: Promise<never>;

  constructor(home: Home, say: (line: string) => void) {
    this.#home = home;
    this.#say = say;
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    // A failure before anyone listens must not end the process by itself.
    this.failed.catch(() => undefined);
  }

  async start(spec: ServiceSpec): Promise<void> {
    const begun = this.#begin(spec, []);
    this.#starting.push(begun.catch(() => undefined));
    await begun;
  }

  /** From here on a dying service is started again. */
  keep(): void {
    if (this.#mode === 'starting') this.#mode = 'keeping';
  }

  /** Stops all services at once and resolves when they are gone. */
  async stop(): Promise<void> {
    this.#mode = 'stopping';
    this.#stopping.abort();
    await Promise.all(this.#starting);
    await Promise.all([...this.#services.values()].map((service) => service.stop(STOP_GRACE_MS)));
  }

  /** `crashesAtMs` is the service's history, which its next life inherits. */
  async #begin(spec: ServiceSpec, crashesAtMs: number[]): Promise<void> {
    if (this.#mode === 'stopping') return;
    const service = await startService(spec, this.#home);
    this.#services.set(spec.name, service);
    void service.ended.then((how) => this.#onEnd({ spec, service, how, crashesAtMs }));
  }

  async #onEnd(end: {
    spec: ServiceSpec;
    service: Service;
    how: string;
    crashesAtMs: number[];
  }): Promise<void> {
    const { spec, service, how } = end;
    if (this.#mode === 'stopping') return;
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
      this.#fail(
        new LauncherError(`${spec.name} keeps ending (${how}):\n${plainLog(await service.tail())}`),
      );
      return;
    }
    this.#say(`${spec.name} ended (${how}), starting it again in ${decision.delayMs} ms`);
    // It is gone; this ends what it has left behind.
    await service.stop(0);
    if (!(await waitFor(decision.delayMs, this.#stopping.signal))) return;
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
