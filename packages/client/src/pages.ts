/** How a list pages: by the `next_cursor` or the `next_after` of the page before, or by the number of items so far. */
export type Paging = 'cursor' | 'after' | 'offset';

type Query = Record<string, unknown>;

/** The page size where the caller sets no limit: the most that the API answers. */
const PAGE_MAX = 200;

/**
 * A list over all its pages. Nothing is requested before it is read.
 *
 * @example
 * for await (const run of rat.runs.list({ status: ['failed'] })) console.log(run.id);
 * const { total } = await rat.runs.list({ limit: 1 }).first();
 */
export class Pages<Page, Item> implements AsyncIterable<Item> {
  readonly #read: (query: Query) => Promise<Page>;
  readonly #query: Query;
  readonly #paging: Paging;
  readonly #items: keyof Page;

  constructor(
    read: (query: Query) => Promise<Page>,
    options: { query: Query; paging: Paging; items: keyof Page },
  ) {
    this.#read = read;
    this.#query = options.query;
    this.#paging = options.paging;
    this.#items = options.items;
  }

  /** The page of the query alone, with its total or its cursor. */
  first(): Promise<Page> {
    return this.#read(this.#query);
  }

  /** Every page from that one on. */
  async *pages(): AsyncGenerator<Page> {
    // A log has pages of its own size.
    const limit = this.#paging === 'after' ? {} : { limit: PAGE_MAX };
    let query: Query = { ...limit, ...this.#query };
    for (;;) {
      const page = await this.#read(query);
      yield page;
      const next = this.#nextOf(page, query);
      if (next === undefined) return;
      query = { ...query, ...next };
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item> {
    for await (const page of this.pages()) yield* page[this.#items] as Iterable<Item>;
  }

  #nextOf(page: Page, query: Query): Query | undefined {
    const facts = page as { next_cursor?: unknown; next_after?: unknown; total?: number };
    if (this.#paging !== 'offset') {
      const next = facts[`next_${this.#paging}`];
      // The cursor stands for the offset of the first page too.
      return next ? { [this.#paging]: next, offset: undefined } : undefined;
    }
    const { length } = page[this.#items] as readonly unknown[];
    const offset = Number(query['offset'] ?? 0) + length;
    return length > 0 && offset < Number(facts.total) ? { offset } : undefined;
  }
}

/** All items, for lists that fit into memory. */
export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}
