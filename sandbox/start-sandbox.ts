/** Starts a sandbox: builds its parts, listens on a port, and closes them in reverse order. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Control, createControl } from './control/control.js';
import { answerControl } from './control/control-routes.js';
import { GOOGLE_CALENDAR_ROUTES } from './google/calendar-routes.js';
import { GOOGLE_OAUTH_ROUTES } from './google/oauth-routes.js';
import { googlePushRoutes, notifyGoogle } from './google/push.js';
import { createLimits } from './limits.js';
import { batchRoute } from './microsoft/batch.js';
import { GRAPH_ROUTES } from './microsoft/graph-routes.js';
import { GraphNotifier } from './microsoft/notifications.js';
import { MICROSOFT_OAUTH_ROUTES } from './microsoft/oauth-routes.js';
import { subscriptionRoutes } from './microsoft/subscriptions.js';
import { Courier } from './push/courier.js';
import { seedAccounts, seedTenants } from './seed/seed-accounts.js';
import { seedCalendars } from './seed/seed-calendars.js';
import { answerRequest, type Wire } from './wire/answer-request.js';
import { FaultList } from './wire/faults.js';
import { RequestLog } from './wire/request-log.js';
import { RouteTable } from './wire/route-table.js';
import { type ClientOptions, newWorld, registeredClients } from './world/new-world.js';
import type { ProviderName } from './world/state.js';
import { loadState, StateFile } from './world/state-file.js';
import { World } from './world/world.js';

/** How to start a sandbox. All options are optional. */
export interface SandboxOptions {
  /** The address to listen on. Default: `localhost`. */
  host?: string;
  /** The port to listen on. Default: 0, any free port. */
  port?: number;
  /** The URL for clients. Default: `http://{host}:{port}`. */
  publicUrl?: string;
  /**
   * The file for the state; calendars are in a folder beside it. A later start continues from it.
   * Default: memory only.
   */
  stateFile?: string;
  /** The clock, to which `control.advanceClock` adds. Default: the system clock. */
  now?: () => Date;
  /** The seed of all ids and tokens. Default: `'1'`. */
  seed?: string | number;
  /** The events at the start: those of a working life, or none. Default: `'lifelike'`. */
  contents?: 'lifelike' | 'empty';
  /** Registered OAuth clients. `google` and `microsoft` of the sandbox name the first of each. */
  clients?: readonly ClientOptions[];
  /** Receives one line for each unexpected error. */
  log?: (line: string) => void;
}

/** A running sandbox. */
export interface Sandbox {
  /** `http://localhost:3001` */
  readonly url: string;
  readonly google: {
    authorizationUrl: string;
    tokenUrl: string;
    revocationUrl: string;
    userinfoUrl: string;
    calendarApiUrl: string;
    clientId: string;
    readonly clientSecret: string;
  };
  /**
   * Authorization: `{authorityUrl}/{tenant}/oauth2/v2.0/authorize`. Token: the same with `/token`.
   */
  readonly microsoft: {
    authorityUrl: string;
    graphUrl: string;
    clientId: string;
    readonly clientSecret: string;
  };
  /** Everything that a test can change and read. Over HTTP: `/__sim/...`. */
  readonly control: Control;
  /** Saves the state and closes all connections. */
  close(): Promise<void>;
}

/** Starts a sandbox. @throws Error if the port is in use or the state file is damaged. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const host = options.host ?? 'localhost';
  const now = options.now ?? (() => new Date());
  const log = options.log ?? (() => {});
  const saved = options.stateFile === undefined ? undefined : loadState(options.stateFile);
  const world = saved
    ? new World(saved.state, saved.calendars, now)
    : newWorld(
        String(options.seed ?? 1),
        seedAccounts(),
        seedTenants(),
        registeredClients(options.clients),
        now,
      );
  if (!saved) seedCalendars(world, options.contents ?? 'lifelike');
  const file =
    options.stateFile === undefined
      ? undefined
      : new StateFile(options.stateFile, world.state, world.calendars);
  if (file) {
    world.onDirty = (calendar) => file.touch(calendar);
    if (!saved) file.touchAll();
  }

  const faults = new FaultList();
  const requests = new RequestLog();
  const courier = new Courier(world);
  const notifier = new GraphNotifier(world, courier);
  world.onCalendarChange = (change) => {
    if (change.calendar.provider === 'google')
      notifyGoogle(world, courier, { calendarKey: change.calendar.key });
    else notifier.changed(change);
  };
  world.onListChange = (account) => notifyGoogle(world, courier, { accountId: account.id });
  const control = createControl(world, { faults, requests, courier, notifier });
  const wire: Wire = {
    world,
    faults,
    requests,
    routes: new RouteTable([
      ...GOOGLE_OAUTH_ROUTES,
      ...GOOGLE_CALENDAR_ROUTES,
      ...MICROSOFT_OAUTH_ROUTES,
      ...googlePushRoutes(courier),
      ...GRAPH_ROUTES,
      ...subscriptionRoutes(courier),
      batchRoute(GRAPH_ROUTES),
    ]),
    control: (exchange) => answerControl(control, exchange),
    limits: createLimits(),
    log,
  };
  const server = createServer(
    { maxHeaderSize: 64 * 1024 },
    (request, response) => void answerRequest(wire, request, response),
  );
  server.keepAliveTimeout = 5_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  const url = options.publicUrl ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  world.urls = {
    url,
    google: `${url}/google`,
    microsoftLogin: `${url}/microsoft/login`,
    graph: `${url}/microsoft/graph/v1.0`,
  };
  const client = (provider: ProviderName) => {
    const found = world.state.clients.find((one) => one.provider === provider);
    if (!found) throw new Error(`No ${provider} client is registered. Add one to \`clients\`.`);
    return found;
  };
  return {
    url,
    google: {
      authorizationUrl: `${url}/google/o/oauth2/v2/auth`,
      tokenUrl: `${url}/google/token`,
      revocationUrl: `${url}/google/revoke`,
      userinfoUrl: `${url}/google/v1/userinfo`,
      calendarApiUrl: `${url}/google/calendar/v3`,
      clientId: client('google').clientId,
      get clientSecret() {
        return client('google').secret;
      },
    },
    microsoft: {
      authorityUrl: world.urls.microsoftLogin,
      graphUrl: world.urls.graph,
      clientId: client('microsoft').clientId,
      get clientSecret() {
        return client('microsoft').secret;
      },
    },
    control,
    async close() {
      await courier.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      file?.flush();
    },
  };
}
