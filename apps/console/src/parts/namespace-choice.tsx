import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { rat } from '../client.ts';
import { useNamespace } from './use-namespace.ts';
import { useSession } from './use-session.ts';

/** Chooses the namespace whose things the screens show. One that is alone needs no choice. */
export function NamespaceChoice(): ReactNode {
  const navigate = useNavigate();
  const session = useSession();
  const namespace = useNamespace();
  const all = useQuery({
    queryKey: ['namespaces'],
    queryFn: ({ signal }) => rat.namespaces.list({ limit: 200 }, { signal }).first(),
    enabled: session?.namespaces === null,
  });
  const names = session?.namespaces ?? all.data?.namespaces.map(({ name }) => name) ?? [];
  if (names.length < 2 && namespace === undefined) return null;
  const shown =
    namespace === undefined || names.includes(namespace) ? names : [namespace, ...names];
  const choose = (ns: string): void => {
    void navigate({ to: '.', search: (before) => ({ ...before, ns: ns === '' ? undefined : ns }) });
  };
  return (
    <select
      aria-label="namespace"
      value={namespace ?? ''}
      onChange={({ target }) => choose(target.value)}
    >
      <option value="">all namespaces</option>
      {shown.map((name) => (
        <option key={name}>{name}</option>
      ))}
    </select>
  );
}
