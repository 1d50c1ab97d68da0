// Reads single settings and gathers what is wrong with them instead of stopping at the first.

import type { Setting } from './settings.js';

/** Hosts for which plain http is accepted: traffic to them never leaves the machine. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(\.\d{1,3}){3}$/.test(hostname)
  );
}

const PRIVATE_ADDRESS =
  /^(?:10|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])|0)\.|^\[(?:f[cd]|fe[89ab]|::\]|::ffff:)/;
const PRIVATE_NAME = /(?:^|\.)(?:local|internal|intranet|lan|home|corp|private|home\.arpa)$/;

/** Hosts that no other network can reach, loopback aside: private and link-local addresses, names of local networks. */
export function isPrivate(hostname: string): boolean {
  if (isLoopback(hostname)) return false;
  const isName = !hostname.startsWith('[') && !/^[\d.]+$/.test(hostname);
  if (!isName) return PRIVATE_ADDRESS.test(hostname);
  return !hostname.includes('.') || PRIVATE_NAME.test(hostname.replace(/\.$/, ''));
}

export class SettingReader {
  readonly problems: string[] = [];
  private readonly settings: ReadonlyMap<string, Setting>;

  constructor(
    private readonly environment: Readonly<Record<string, string | undefined>>,
    settings: readonly Setting[],
  ) {
    this.settings = new Map(settings.map((setting) => [setting.name, setting]));
  }

  problem(name: string, what: string, make?: string): void {
    const line = `${name} ${what}.${make === undefined ? '' : ` Make one: ${make}`}`;
    if (!this.problems.includes(line)) this.problems.push(line);
  }

  missing(name: string, also?: string): void {
    const setting = this.settings.get(name);
    this.problem(
      name,
      `is missing (${setting?.meaning})${also === undefined ? '' : `, ${also}`}`,
      setting?.make,
    );
  }

  /** Empty counts as unset, as in an .env file whose value was left out. */
  text(name: string): string | null {
    const value = this.environment[name]?.trim();
    return value === undefined || value === ''
      ? (this.settings.get(name)?.fallback ?? null)
      : value;
  }

  list(name: string): readonly string[] {
    return (this.text(name) ?? '')
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
  }

  flag(name: string): boolean {
    const value = (this.text(name) ?? 'false').toLowerCase();
    if (['true', '1', 'yes', 'on'].includes(value)) return true;
    if (!['false', '0', 'no', 'off'].includes(value)) this.problem(name, 'must be true or false');
    return false;
  }

  integer(name: string, least: number, most: number): number {
    const value = this.text(name) ?? '';
    const number = Number(value);
    if (/^\d{1,15}$/.test(value) && number >= least && number <= most) return number;
    this.problem(name, `must be a whole number from ${least} to ${most}`);
    return least;
  }

  oneOf<T extends string>(name: string, values: readonly T[]): T {
    const value = this.text(name);
    const found = values.find((candidate) => candidate === value);
    if (found === undefined) this.problem(name, `must be one of ${values.join(', ')}`);
    return found ?? values[0]!;
  }

  /** An absolute URL without a trailing slash: https, or http on a loopback host. */
  url(name: string, { required = false } = {}): string | null {
    const value = this.text(name);
    if (value === null) {
      if (required) this.missing(name);
      return null;
    }
    const url = URL.parse(value);
    if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
      this.problem(name, 'must be an absolute URL', this.settings.get(name)?.make);
      return null;
    }
    if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
      this.problem(name, 'must be https (http is accepted on loopback hosts only)');
      return null;
    }
    if (url.username !== '' || url.password !== '' || url.hash !== '') {
      this.problem(name, 'must have neither credentials nor a fragment');
      return null;
    }
    return value.replace(/\/+$/, '');
  }

  origin(name: string, { required = true } = {}): string | null {
    const value = this.url(name, { required });
    if (value === null) return null;
    const { origin, pathname, search } = new URL(value);
    if (pathname !== '/' || search !== '')
      this.problem(name, 'must be an origin alone, without a path', this.settings.get(name)?.make);
    return origin;
  }

  originList(name: string): readonly string[] {
    return this.list(name).flatMap((value) => {
      const url = URL.parse(value);
      const good =
        url !== null &&
        url.origin !== 'null' &&
        (url.protocol === 'https:' || isLoopback(url.hostname));
      if (!good)
        this.problem(name, 'must be origins such as https://app.example.com, comma-separated');
      return good ? [url.origin] : [];
    });
  }

  storeUrl(name: string, protocols: readonly string[], required: boolean): string | null {
    const value = this.text(name);
    if (value === null) {
      if (required) this.missing(name);
      return null;
    }
    const url = URL.parse(value);
    if (url === null || !protocols.includes(url.protocol)) {
      this.problem(
        name,
        `must begin with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
        this.settings.get(name)?.make,
      );
      return null;
    }
    return value;
  }
}
