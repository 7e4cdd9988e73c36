/** What was wrong with answers: one example of each kind, and how many there were. */
export class FaultList {
  readonly #kinds = new Map<string, { times: number; example: string }>();

  add(operationId: string, fault: string, example: string): void {
    // The values in a message differ from answer to answer.
    const kind = `${operationId}: ${fault.split(' in {', 1)[0] ?? fault}`;
    const known = this.#kinds.get(kind);
    this.#kinds.set(kind, { times: (known?.times ?? 0) + 1, example: known?.example ?? example });
  }

  get lines(): string[] {
    return [...this.#kinds].map(
      ([kind, { times, example }]) => `${kind} (${times} times)\n     ${example}`,
    );
  }
}
