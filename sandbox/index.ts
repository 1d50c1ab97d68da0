/** The sandbox as a library: a local Google and Microsoft to develop and test against. */
export { type Sandbox, type SandboxOptions, startSandbox } from './start-sandbox.js';
export type { ClientOptions } from './world/new-world.js';
