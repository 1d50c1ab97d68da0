/** Which accounts may sign in at which tenant of the authority. */
import type { Account } from '../world/state.js';
import type { World } from '../world/world.js';

/** The tenant of all personal accounts. */
export const PERSONAL_TENANT = '9188040d-6c67-4c5b-b112-36a304b66dad';

/** Whether a tenant exists. */
export function tenantExists(world: World, tenant: string): boolean {
  if (['common', 'organizations', 'consumers', PERSONAL_TENANT].includes(tenant)) return true;
  return world.state.accounts.some((account) => belongsTo(account, tenant));
}

/** Whether the account may sign in at a tenant. */
export function maySignIn(account: Account, tenant: string): boolean {
  const personal = account.tenantId === PERSONAL_TENANT;
  if (tenant === 'common') return true;
  if (tenant === 'organizations') return !personal;
  if (tenant === 'consumers') return personal;
  return belongsTo(account, tenant);
}

function belongsTo(account: Account, tenant: string): boolean {
  return (
    account.tenantId === tenant ||
    (account.provider === 'microsoft' && account.email.endsWith(`@${tenant}`))
  );
}
