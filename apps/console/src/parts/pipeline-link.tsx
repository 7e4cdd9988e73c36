import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useNamespace } from './use-namespace.ts';

/** A link to a pipeline. Its namespace is shown unless it is the one that is chosen. */
export function PipelineLink({
  of,
}: {
  of: { namespace: string; layer: string; name: string };
}): ReactNode {
  const chosen = useNamespace();
  const { namespace, layer, name } = of;
  return (
    <Link to="/p/$namespace/$layer/$name" params={{ namespace, layer, name }}>
      {namespace === chosen || namespace === 'default' ? '' : `${namespace}.`}
      {layer}.{name}
    </Link>
  );
}
