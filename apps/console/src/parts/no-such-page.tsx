import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Empty } from './empty.tsx';

/** The address names no screen. */
export function NoSuchPage(): ReactNode {
  return (
    <Empty title="There is no page at this address">
      <p>
        Look at the <Link to="/runs">runs</Link>.
      </p>
    </Empty>
  );
}
