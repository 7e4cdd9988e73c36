import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { shortId } from './run-names.ts';

/** A link to a run, by the beginning of its id. */
export function RunLink({ id, children }: { id: string; children?: ReactNode }): ReactNode {
  const to: string = `/runs/${id}`;
  return (
    <Link to={to} search={keepNamespace}>
      {children ?? <code>{shortId(id)}</code>}
    </Link>
  );
}

function keepNamespace({ ns }: { ns?: string | undefined }): { ns?: string | undefined } {
  return { ns };
}
