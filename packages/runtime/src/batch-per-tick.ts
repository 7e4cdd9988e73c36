interface Waiting<Item, Answer> {
  item: Item;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
}

/**
 * Batches calls like a DataLoader: all items of one turn of the event loop are passed to `work`
 * batch, at most `most` at a time. Each call gets the answer at its item's index. If `work`
 * throws, every call of that batch rejects. An item waits only for the end of its turn: batches do
 * not wait for each other.
 *
 * @example
 * const insert = batchPerTick((rows: Row[]) => insertAll(rows), 50);
 * const [a, b] = await Promise.all([insert(first), insert(second)]); // one statement
 */
export function batchPerTick<Item, Answer>(
  work: (items: Item[]) => Promise<Answer[]>,
  most: number,
): (item: Item) => Promise<Answer> {
  let waiting: Waiting<Item, Answer>[] = [];

  const runBatch = async (batch: Waiting<Item, Answer>[]): Promise<void> => {
    try {
      const answers = await work(batch.map(({ item }) => item));
      if (answers.length !== batch.length) throw new Error('work must return one answer per item');
      for (const [place, answer] of answers.entries()) batch[place]?.resolve(answer);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  };
  const endTurn = (): void => {
    const all = waiting;
    waiting = [];
    for (let from = 0; from < all.length; from += most) {
      void runBatch(all.slice(from, from + most));
    }
  };
  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (waiting.length === 1) setImmediate(endTurn);
    });
}
