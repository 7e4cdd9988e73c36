import type { ViewAnswer } from '@rat/contracts';
import { mayChangeView, ownsView, type ViewUser } from '@rat/domain';
import type { SavedView } from '@rat/store';

export function presentView(view: SavedView, user: ViewUser): ViewAnswer {
  const { id, name, screen, query, shared, namespaces, owner, createdAt, updatedAt } = view;
  return {
    id,
    name,
    screen,
    query: { ...query },
    shared,
    namespaces: shared && namespaces !== undefined ? [...namespaces] : null,
    owner: owner ?? null,
    mine: ownsView(user, view),
    may_change: mayChangeView(user, view),
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
  };
}
