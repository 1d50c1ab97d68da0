/** The seeded people, three at Google and five at Microsoft, and Microsoft's tenants. */
import type { Account, Tenant } from '../world/state.js';
import { newAccount, type Person } from './new-account.js';

const WORK_TENANT = '5f3b1c8e-9d24-4e76-8a10-2c7d9e6b4f01';
/** An organization as Microsoft makes them since November 2025. */
const DEFAULT_TENANT = 'b7d0a3c2-4e19-4f58-9a6b-3c81d5e2f704';
const PERSONAL_TENANT = '9188040d-6c67-4c5b-b112-36a304b66dad';

const PEOPLE: Person[] = [
  {
    provider: 'google',
    id: '108204268033311374519',
    email: 'ana@example.com',
    name: 'Ana Marín',
    timeZone: 'Europe/Madrid',
    locale: 'es',
  },
  {
    provider: 'google',
    id: '115837264905518263740',
    email: 'bo@example.com',
    name: 'Bo Lindqvist',
    timeZone: 'America/New_York',
    locale: 'en',
  },
  {
    provider: 'google',
    id: '102938475610293847561',
    email: 'noor@example.com',
    name: 'Noor Haddad',
    timeZone: 'Europe/Paris',
    locale: 'fr',
    noCalendar: true,
  },
  {
    provider: 'microsoft',
    id: '7c1f0b52-3e8d-4a6b-9f27-d04e5a8c1b93',
    objectId: '7c1f0b52-3e8d-4a6b-9f27-d04e5a8c1b93',
    tenantId: WORK_TENANT,
    email: 'ana@northwind.example',
    mail: 'Ana.Marin@northwind.example',
    name: 'Ana Marín',
    timeZone: 'Europe/Berlin',
    locale: 'de-DE',
  },
  {
    // A personal account has 16 hex digits as its id in /me, a GUID of the same digits in tokens,
    // and
    // no mail address.
    provider: 'microsoft',
    id: '48d31887ad4b9a6a',
    objectId: '00000000-0000-0000-48d3-1887ad4b9a6a',
    tenantId: PERSONAL_TENANT,
    email: 'cleo@outlook.example',
    mail: null,
    name: 'Cleo Okafor',
    timeZone: 'America/Los_Angeles',
    locale: 'en-US',
  },
  {
    provider: 'microsoft',
    id: 'e2a94d17-60c5-4b38-8d1e-b7f3096c52aa',
    objectId: 'e2a94d17-60c5-4b38-8d1e-b7f3096c52aa',
    tenantId: WORK_TENANT,
    email: 'guest@northwind.example',
    mail: 'guest@northwind.example',
    name: 'Gus Guest',
    timeZone: 'UTC',
    locale: 'en-GB',
    noCalendar: true,
  },
  {
    provider: 'microsoft',
    id: '3d5e9f10-8b47-4c62-a1d3-5f6e7a8b9c02',
    objectId: '3d5e9f10-8b47-4c62-a1d3-5f6e7a8b9c02',
    tenantId: DEFAULT_TENANT,
    email: 'lena@fabrikam.example',
    mail: 'lena@fabrikam.example',
    name: 'Lena Brandt',
    timeZone: 'Europe/Zurich',
    locale: 'de-CH',
  },
  {
    // Accounts of administrators often have no mailbox.
    provider: 'microsoft',
    id: '91c2d4e6-0f3a-4b57-8e69-d1a2b3c4e5f6',
    objectId: '91c2d4e6-0f3a-4b57-8e69-d1a2b3c4e5f6',
    tenantId: DEFAULT_TENANT,
    email: 'admin@fabrikam.example',
    mail: 'admin@fabrikam.example',
    name: 'Ada Admin',
    timeZone: 'UTC',
    locale: 'en-GB',
    noCalendar: true,
    administrator: true,
  },
];

/** New accounts without calendars. */
export function seedAccounts(): Account[] {
  return PEOPLE.map((person) => newAccount(person));
}

/** New tenants: one whose users may consent by themselves, and one as it is by default. */
export function seedTenants(): Tenant[] {
  const tenant = { consentRequests: false, approvals: [] };
  return [
    {
      ...tenant,
      id: WORK_TENANT,
      domain: 'northwind.example',
      name: 'Northwind',
      usersMayConsent: true,
    },
    {
      ...structuredClone(tenant),
      id: DEFAULT_TENANT,
      domain: 'fabrikam.example',
      name: 'Fabrikam',
      usersMayConsent: false,
    },
  ];
}
