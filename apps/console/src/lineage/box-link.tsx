import { Link } from '@tanstack/react-router';
import type { FocusEventHandler, ReactNode } from 'react';
import type { LineageBox } from './lineage-boxes.ts';

/** A link to the screen of a pipeline, a table or a landing zone. A table that does not exist has none. */
export function BoxLink({
  box,
  className,
  onFocus,
  children,
}: {
  box: LineageBox;
  className?: string | undefined;
  onFocus?: FocusEventHandler<HTMLAnchorElement>;
  children: ReactNode;
}): ReactNode {
  const { kind, namespace, layer, name, isMissing } = box;
  const look = { className, ...(onFocus && { onFocus }), draggable: false };
  if (layer === undefined)
    return (
      <Link to="/landing" search={{ zone: `${namespace}/${name}` }} {...look}>
        {children}
      </Link>
    );
  const params = { namespace, layer, name };
  if (kind === 'pipeline')
    return (
      <Link to="/p/$namespace/$layer/$name" params={params} {...look}>
        {children}
      </Link>
    );
  if (isMissing) return <span className={className}>{children}</span>;
  return (
    <Link to="/t/$namespace/$layer/$name" params={params} {...look}>
      {children}
    </Link>
  );
}
