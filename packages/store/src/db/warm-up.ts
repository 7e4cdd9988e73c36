import type { Database } from './database.ts';

/**
 * Has Prisma load and compile its query engine, which occupies the thread for some 200 ms at the first statement. A
 * service calls it before it takes requests. Throws what the driver throws when the database is out of reach.
 *
 * @example
 * const db = openDatabase(options);
 * await warmUp(db);
 */
export async function warmUp(db: Database): Promise<void> {
  await db.prisma.pipeline.findFirst({ select: { id: true } });
}
