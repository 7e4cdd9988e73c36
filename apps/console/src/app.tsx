import { UnauthenticatedError } from '@rat/client';
import { useQuery } from '@tanstack/react-query';
import { Outlet } from '@tanstack/react-router';
import { useEffect, type ReactNode } from 'react';
import { startFeed } from './live/feed-state.ts';
import { AppFrame } from './parts/app-frame.tsx';
import { Problem } from './parts/problem.tsx';
import { SESSION } from './session.ts';
import { SignIn } from './sign-in/sign-in.tsx';

/** The whole console: the form to sign in, or the frame with one screen in it. */
export function App(): ReactNode {
  const session = useQuery(SESSION);
  if (session.error instanceof UnauthenticatedError)
    return <SignIn hasEnded={session.data?.sign_in === true} />;
  if (session.isError && session.data === undefined)
    return <Problem error={session.error} onRetry={() => void session.refetch()} />;
  if (session.data === undefined) return null;
  return <SignedIn />;
}

function SignedIn(): ReactNode {
  useEffect(startFeed, []);
  return (
    <AppFrame>
      <Outlet />
    </AppFrame>
  );
}
