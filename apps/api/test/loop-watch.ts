import type { ServiceProcess } from '@rat/testing';

/** Half of the time that a person notices, because two requests may coincide. */
export const BUSY_MAX_MS = 100;

/** Environment variables of a service whose event loop is measured. */
export const WATCHED = {
  NODE_OPTIONS: `--import=${new URL('./watch-loop.mjs', import.meta.url).href}`,
};

/** Reads the measurements of `watch-loop.mjs` from one service. */
export class LoopWatch {
  readonly #service: ServiceProcess;
  #reports = 0;

  constructor(service: ServiceProcess | undefined) {
    if (service === undefined) throw new Error('there is no service to watch');
    this.#service = service;
  }

  /** The longest turn of the event loop since the last call, in milliseconds of processor time. */
  async longestTurn(): Promise<number> {
    this.#reports += 1;
    this.#service.kill('SIGUSR2');
    const line = await this.#service.waitForLine(new RegExp(`"loop_report":${this.#reports},`));
    return (JSON.parse(line) as { longest_ms: number }).longest_ms;
  }
}
