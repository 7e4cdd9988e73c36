interface Waiting<Item, Answer> {
  item: Item;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
}

/**
 * Calls `work` once for all items of one turn of the event loop, `most` at a time, and gives each its answer, which has
 * the item's place. What `work` throws is the answer to each of its items. An item waits for nothing but the end of its
 * turn: calls of `work` do not wait for each other.
 */
export function batchPerTick<Item, Answer>(
  work: (items: Item[]) => Promise<Answer[]>,
  most: number,
): (item: Item) => Promise<Answer> {
  let waiting: Waiting<Item, Answer>[] = [];

  const workTogether = async (together: Waiting<Item, Answer>[]): Promise<void> => {
    try {
      const answers = await work(together.map(({ item }) => item));
      if (answers.length !== together.length) throw new Error('not one answer for each item');
      for (const [place, answer] of answers.entries()) together[place]?.resolve(answer);
    } catch (error) {
      for (const { reject } of together) reject(error);
    }
  };
  const endTurn = (): void => {
    const all = waiting;
    waiting = [];
    for (let from = 0; from < all.length; from += most) {
      void workTogether(all.slice(from, from + most));
    }
  };
  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (waiting.length === 1) setImmediate(endTurn);
    });
}
