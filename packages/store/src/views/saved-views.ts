import {
  isAdminOfAll,
  NotFoundError,
  type ViewRights,
  type ViewScreen,
  type ViewUser,
} from '@rat/domain';
import type { Database, Queryable } from '../db/database.ts';
import { stateTag } from '../db/state-tag.ts';

/** The filters of a screen under a name. */
export interface SavedView extends ViewRights {
  id: string;
  name: string;
  screen: ViewScreen;
  /** The parameters of the address of the screen. */
  query: Readonly<Record<string, string>>;
  createdAt: Date;
  updatedAt: Date;
}

/** The entity tag of what people set of a view. */
export function viewTag({ name, query, shared }: SavedView): string {
  return stateTag([name, query, shared]);
}

/** A page of the views that a person sees, by name; `total` is exact. */
export async function listSavedViews(
  db: Database,
  user: ViewUser,
  page: { screen?: ViewScreen | undefined; limit: number; offset: number },
): Promise<{ views: SavedView[]; total: number }> {
  const { screen = null, limit, offset } = page;
  const seen = [...seenBy(user), screen];
  const [listed, counted] = await Promise.all([
    db.pool.query<StoredView>({ ...LIST, values: [...seen, limit, offset] }),
    db.pool.query<{ total: number }>({ ...COUNT, values: seen }),
  ]);
  return { views: listed.rows.map(toView), total: counted.rows[0]?.total ?? 0 };
}

/** One view that the person sees; throws NotFoundError. */
export async function getSavedView(db: Database, user: ViewUser, id: string): Promise<SavedView> {
  return oneOf(await db.pool.query<StoredView>({ ...FIND, values: [...seenBy(user), id] }));
}

/** Like `getSavedView`; until the transaction ends, no other transaction changes the view. */
export async function lockSavedView(
  client: Queryable,
  user: ViewUser,
  id: string,
): Promise<SavedView> {
  return oneOf(await client.query<StoredView>({ ...LOCK, values: [...seenBy(user), id] }));
}

function oneOf({ rows: [row] }: { rows: StoredView[] }): SavedView {
  if (row === undefined) throw new NotFoundError('view not found');
  return toView(row);
}

/** The first three values of every statement here. */
function seenBy(user: ViewUser): unknown[] {
  return [user.name ?? null, isAdminOfAll(user), user.namespaces ?? null];
}

/** A row of `VIEW_COLUMNS`. */
export interface StoredView {
  id: string;
  owner: string | null;
  screen: ViewScreen;
  name: string;
  query: Record<string, string>;
  shared: boolean;
  namespaces: string[] | null;
  created_at: Date;
  updated_at: Date;
}

export function toView(row: StoredView): SavedView {
  return {
    id: row.id,
    owner: row.owner ?? undefined,
    screen: row.screen,
    name: row.name,
    query: row.query,
    shared: row.shared,
    namespaces: row.namespaces ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export const VIEW_COLUMNS = `
      id,
      owner,
      screen,
      name,
      query,
      shared,
      namespaces,
      created_at,
      updated_at`;

/** The own views, as `ownsView` has it, and the shared ones whose namespaces the person may all see. */
const SEEN = `(
      owner = $1
      OR (owner IS NULL AND $2)
      OR (shared AND (namespaces IS NULL OR $3::varchar[] IS NULL OR namespaces <@ $3::varchar[]))
    )`;

const LIST = {
  name: 'list-saved-views',
  text: `SELECT ${VIEW_COLUMNS}
    FROM saved_views
    WHERE ${SEEN} AND ($4::varchar IS NULL OR screen = $4)
    ORDER BY name, id LIMIT $5 OFFSET $6`,
};

const COUNT = {
  name: 'count-saved-views',
  text: `SELECT count(*) AS total FROM saved_views
    WHERE ${SEEN} AND ($4::varchar IS NULL OR screen = $4)`,
};

const FIND = {
  name: 'get-saved-view',
  text: `SELECT ${VIEW_COLUMNS} FROM saved_views WHERE ${SEEN} AND id = $4`,
};

const LOCK = { name: 'lock-saved-view', text: `${FIND.text} FOR UPDATE` };
