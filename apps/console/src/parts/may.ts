import { includesRole, type Role } from '@rat/domain';
import { useSession } from './use-session.ts';

/** Whether the person has a role. The API decides; the console only offers nothing that it would refuse. */
export function useMay(role: Role): boolean {
  const session = useSession();
  return session !== undefined && includesRole(session.role, role);
}
