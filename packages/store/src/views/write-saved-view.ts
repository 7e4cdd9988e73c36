import { randomUUID } from 'node:crypto';
import {
  ConflictError,
  ForbiddenError,
  includesNamespaces,
  includesRole,
  mayChangeView,
  ownsView,
  type NamespaceSet,
  type Precondition,
  type ViewUser,
} from '@rat/domain';
import { withTransaction, type Database, type Queryable } from '../db/database.ts';
import { askClient, makeOnce, type IdempotencyKey, type Made } from '../db/idempotency.ts';
import { refuseUnlessState } from '../db/state-tag.ts';
import { isUniqueViolation } from '../db/postgres-errors.ts';
import {
  lockSavedView,
  toView,
  viewTag,
  VIEW_COLUMNS,
  type SavedView,
  type StoredView,
} from './saved-views.ts';

/** What a person gives of a view. */
interface ViewFields extends Pick<SavedView, 'name' | 'shared'> {
  /** JSON leaves an undefined parameter out. */
  query: Readonly<Record<string, string | undefined>>;
}

/** The most views of one owner. */
const VIEWS_MAX = 100;

/**
 * Saves a view of the person. Throws ConflictError when the person has one of the name for the screen, or too many, and
 * ForbiddenError when the role is too small to share it.
 *
 * @example
 * const user = { name: 'ana', role: 'operator', namespaces: undefined } as const;
 * await createSavedView(db, user, { screen: 'runs', name: 'Failed', query: { status: 'failed' }, shared: true });
 */
export async function createSavedView(
  db: Database,
  user: ViewUser,
  view: ViewFields & Pick<SavedView, 'screen'>,
  idempotency?: IdempotencyKey,
): Promise<Made<{ id: string }>> {
  if (view.shared) assertMayShare(user);
  const insert = async (client: Queryable) => {
    await client.query(LOCK);
    const owner = user.name ?? null;
    const counted = await client.query<{ count: number }>({ ...COUNT, values: [owner] });
    if ((counted.rows[0]?.count ?? 0) >= VIEWS_MAX)
      throw new ConflictError(`a person has at most ${VIEWS_MAX} views: delete one first`);
    const { screen, name, query, shared } = view;
    const id = randomUUID();
    const namespaces = namespacesOf(query, user.namespaces) ?? null;
    const values = [id, owner, screen, name, query, shared, namespaces];
    const made = await client.query({ ...INSERT, values });
    if (made.rowCount === 0) throw isTaken(name);
    return { id };
  };
  return withTransaction(db.pool, (client) =>
    makeOnce(askClient(client), idempotency, () => insert(client)),
  );
}

/**
 * Changes the given fields of a view. Throws NotFoundError when the person does not see the view, ForbiddenError when the
 * person may not change it, or not share it, ConflictError when its owner has another view of the name, and PreconditionError.
 */
export function changeSavedView(
  db: Database,
  user: ViewUser,
  id: string,
  change: { [Name in keyof ViewFields]?: ViewFields[Name] | undefined },
  precondition: Precondition = {},
): Promise<SavedView> {
  return withTransaction(db.pool, async (client) => {
    const before = await lockChangeable(client, user, id);
    const current = { tag: viewTag(before), at: before.updatedAt };
    refuseUnlessState(precondition, 'the view', current);
    const { name = before.name, query = before.query, shared = before.shared } = change;
    if (shared) assertMayShare(user);
    // An admin who changes the view of another person shows it to no further person.
    const most = ownsView(user, before) ? user.namespaces : before.namespaces;
    const shown = namespacesOf(query, most);
    if (!ownsView(user, before) && !includesNamespaces(before.namespaces, shown))
      throw new ForbiddenError('only its owner shows a view to the people of another namespace');
    const values = [id, name, query, shared, shown ?? null];
    const changed = client.query<StoredView>({ ...UPDATE, values });
    const { rows } = await changed.catch((error: unknown) => {
      throw isUniqueViolation(error) ? isTaken(name) : error;
    });
    const [after] = rows;
    return after === undefined ? before : toView(after);
  });
}

/** Deletes a view. Throws NotFoundError and ForbiddenError as `changeSavedView`. */
export function deleteSavedView(db: Database, user: ViewUser, id: string): Promise<void> {
  return withTransaction(db.pool, async (client) => {
    await lockChangeable(client, user, id);
    await client.query({ ...DELETE, values: [id] });
  });
}

async function lockChangeable(client: Queryable, user: ViewUser, id: string): Promise<SavedView> {
  const view = await lockSavedView(client, user, id);
  if (mayChangeView(user, view)) return view;
  throw new ForbiddenError(
    'only its owner, or an admin of all that it is shown to, changes a view',
  );
}

/** A shared view is put in front of other people. */
function assertMayShare({ name, role }: ViewUser): void {
  if (includesRole(role, 'operator')) return;
  throw new ForbiddenError(`sharing a view needs the role operator; ${name} has the role ${role}`);
}

/** To whom a view is shown when it is shared: its filters may have names of the namespace of its query, or of any that its writer sees. */
function namespacesOf(query: ViewFields['query'], ofWriter: NamespaceSet): NamespaceSet {
  const { ns } = query;
  return ns === undefined ? ofWriter : [ns];
}

function isTaken(name: string): ConflictError {
  return new ConflictError(`a view of the name ${name} exists already`);
}

/** Of two requests at once, the second one counts the view of the first. Reads go on. */
const LOCK = {
  name: 'lock-saved-views',
  text: 'LOCK TABLE saved_views IN SHARE ROW EXCLUSIVE MODE',
};

const COUNT = {
  name: 'count-own-saved-views',
  text: `SELECT count(*) AS count FROM saved_views WHERE coalesce(owner, '') = coalesce($1, '')`,
};

const INSERT = {
  name: 'create-saved-view',
  text: `INSERT INTO saved_views (id, owner, screen, name, query, shared, namespaces)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (coalesce(owner, ''), screen, name) DO NOTHING`,
};

const UPDATE = {
  name: 'change-saved-view',
  text: `UPDATE saved_views SET name = $2, query = $3, shared = $4, namespaces = $5, updated_at = now()
    WHERE id = $1
    RETURNING ${VIEW_COLUMNS}`,
};

const DELETE = { name: 'delete-saved-view', text: 'DELETE FROM saved_views WHERE id = $1' };
