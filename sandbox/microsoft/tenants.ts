/** Which accounts may sign in at which tenant of the authority. */
import type { Account, Tenant } from '../world/state.js';
import type { World } from '../world/world.js';

/** The tenant of all personal accounts. */
export const PERSONAL_TENANT = '9188040d-6c67-4c5b-b112-36a304b66dad';

/** Whether a tenant exists. */
export function tenantExists(world: World, tenant: string): boolean {
  if (['common', 'organizations', 'consumers', PERSONAL_TENANT].includes(tenant)) return true;
  return (
    findTenant(world, tenant) !== undefined ||
    world.state.accounts.some((account) => belongsTo(account, tenant))
  );
}

/** The tenant with this id or domain. */
export function findTenant(world: World, name: string): Tenant | undefined {
  return world.state.tenants.find(({ id, domain }) => [id, domain].includes(name.toLowerCase()));
}

/** The tenant of a work account. */
export function tenantOf(world: World, account: Account): Tenant | undefined {
  return world.state.tenants.find(({ id }) => id === account.tenantId);
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
