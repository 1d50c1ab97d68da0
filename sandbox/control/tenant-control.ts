/** The control API for Microsoft's tenants: who may consent, and what administrators approved. */
import { findTenant, tenantOf } from '../microsoft/tenants.js';
import type { Tenant } from '../world/state.js';
import type { World } from '../world/world.js';

/** Names a tenant by its domain or id. */
export interface TenantRef {
  tenant: string;
}

/** The part of the control API about tenants. */
export interface TenantControl {
  /** The tenants, with what their administrators approved. */
  tenants(): Tenant[];
  /** Whether users may consent to calendars, and whether blocked users can ask for it. */
  updateTenant(
    ref: TenantRef & { changes: { usersMayConsent?: boolean; consentRequests?: boolean } },
  ): Tenant;
  /**
   * An administrator removes the app, or with `clientId` one of several: what was approved, and the
   * grants of the tenant's users. Refreshing fails with AADSTS65001.
   */
  withdrawAdminConsent(ref: TenantRef & { clientId?: string }): Tenant;
}

/** Creates this part of the control API. */
export function tenantControl(world: World): TenantControl {
  const tenantNamed = ({ tenant: name }: TenantRef): Tenant => {
    const tenant = findTenant(world, name);
    if (!tenant)
      throw new Error(`The sandbox has no tenant ${name}. GET /__sim/tenants lists them.`);
    return tenant;
  };
  return {
    tenants: () => structuredClone(world.state.tenants),
    updateTenant({ changes, ...ref }) {
      const tenant = tenantNamed(ref);
      Object.assign(tenant, changes);
      world.changed();
      return structuredClone(tenant);
    },
    withdrawAdminConsent({ clientId, ...ref }) {
      const tenant = tenantNamed(ref);
      const clients = world.state.clients.filter(
        (client) =>
          client.provider === 'microsoft' && (clientId ?? client.clientId) === client.clientId,
      );
      tenant.approvals = tenant.approvals.filter(
        (approval) => !clients.some((client) => client.clientId === approval.clientId),
      );
      world.state.grants = world.state.grants.filter(
        ({ provider, project, accountId }) =>
          provider !== 'microsoft' ||
          !clients.some((client) => client.project === project) ||
          tenantOf(world, world.account('microsoft', accountId)) !== tenant,
      );
      world.changed();
      return structuredClone(tenant);
    },
  };
}
