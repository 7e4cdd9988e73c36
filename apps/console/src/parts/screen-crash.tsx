import type { ErrorComponentProps } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { messageOf } from '../client.ts';
import { Problem } from './problem.tsx';

/** A script that an upgrade of the API has replaced can no longer be loaded. */
const GONE = /dynamically imported module|importing a module|module script/i;

/** What is shown in place of a screen that cannot be shown. */
export function ScreenCrash({ error }: ErrorComponentProps): ReactNode {
  const isGone = GONE.test(messageOf(error));
  return (
    <Problem
      title={isGone ? 'The console was upgraded: reload the page' : 'This screen has failed'}
      error={error}
      onRetry={() => location.reload()}
    />
  );
}
