/**
 * A cache that evicts the least recently used values once the weights exceed `max`. A value weighs
 * its size plus one.
 */
export class BoundedCache<T> {
  readonly #max: number;
  readonly #entries = new Map<string, { value: T; weight: number }>();
  #weight = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get(key: string): T | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  set(key: string, value: T, size: number): void {
    this.#weight -= this.#entries.get(key)?.weight ?? 0;
    this.#entries.delete(key);
    const weight = size + 1;
    this.#entries.set(key, { value, weight });
    this.#weight += weight;
    for (const [oldest, entry] of this.#entries) {
      if (this.#weight <= this.#max) return;
      this.#entries.delete(oldest);
      this.#weight -= entry.weight;
    }
  }
}
