import { includesNamespaces, type NamespaceSet } from './namespace-set.ts';
import { includesRole, type Principal } from './principal.ts';

/** The screens of the console whose filters can be saved. */
export const VIEW_SCREENS = ['runs'] as const;
export type ViewScreen = (typeof VIEW_SCREENS)[number];

/** Who works with saved views. While sign-in is off, a request may have no name. */
export type ViewUser = Omit<Principal, 'name'> & { name: string | undefined };

/** What decides who sees a saved view, and who may change it. */
export interface ViewRights {
  /** Undefined: it was saved while sign-in was off, by a request without a name. */
  owner: string | undefined;
  shared: boolean;
  /** A shared view is shown to those who may see all of these; undefined: to all people. */
  namespaces: NamespaceSet;
}

/** Whether a view is one of the person's own. A view without an owner belongs to every admin of all namespaces. */
export function ownsView(user: ViewUser, { owner }: Pick<ViewRights, 'owner'>): boolean {
  return owner === undefined ? isAdminOfAll(user) : owner === user.name;
}

/** Whether a person may change or delete a view: the owner, and for a shared one an admin of all that it is shown to. */
export function mayChangeView(user: ViewUser, view: ViewRights): boolean {
  if (ownsView(user, view)) return true;
  if (!view.shared || !includesRole(user.role, 'admin')) return false;
  // All people see a view without namespaces, so only an admin of all may change it.
  return includesNamespaces(user.namespaces, view.namespaces);
}

/** Whether a person is an admin without a limit to namespaces. */
export function isAdminOfAll({ role, namespaces }: Omit<ViewUser, 'name'>): boolean {
  return includesRole(role, 'admin') && namespaces === undefined;
}
