/**
 * Checks of responses that many tests share (problem, cookies, redirect), and raw requests that no
 * client library would send.
 */

import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { expect } from '@jest/globals';
import type { Response } from 'supertest';
import { ERRORS, type ErrorCode } from '../../src/errors.js';
import { FRONTEND } from '../support/deployment.js';

/** Expects exactly the RFC 9457 problem of that code, not cacheable. */
export function expectProblem(
  response: { status: number; headers: Record<string, unknown>; body: Response['body'] },
  code: ErrorCode,
  status: number = ERRORS[code].status,
): void {
  expect({ status: response.status, code: response.body?.code }).toEqual({ status, code });
  expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(response.headers['cache-control']).toBe('no-store');
  expect(Object.keys(response.body).sort()).toEqual([
    'code',
    'detail',
    'requestId',
    'status',
    'title',
    'type',
  ]);
  expect(response.body).toMatchObject({
    status,
    title: ERRORS[code].title,
    requestId: response.headers['x-request-id'],
  });
}

/** Expects a redirect to the frontend with exactly these parameters and an empty body. */
export function expectWayBack(
  response: Pick<Response, 'status' | 'headers' | 'text'>,
  parameters: object,
): void {
  expect(response.status).toBe(302);
  const url = new URL(response.headers['location'] as string);
  expect(url.origin + url.pathname).toBe(`${FRONTEND}/integrations`);
  expect(Object.fromEntries(url.searchParams)).toEqual(parameters);
  expect(url.hash).toBe('');
  expect(response.text ?? '').toBe('');
  expect(response.headers['referrer-policy']).toBe('no-referrer');
  expect(response.headers['cache-control']).toBe('no-store');
}

export interface SetCookie {
  readonly name: string;
  readonly value: string;
  /** By lower-case name; '' for flags. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** The cookies that a response sets. */
export function cookiesSet(response: { headers: Record<string, unknown> }): SetCookie[] {
  const lines = (response.headers['set-cookie'] ?? []) as string[];
  return lines.map((line) => {
    const [pair = '', ...attributes] = line.split('; ');
    const at = pair.indexOf('=');
    return {
      name: pair.slice(0, at),
      value: pair.slice(at + 1),
      attributes: Object.fromEntries(
        attributes.map((one) => [one.split('=')[0]!.toLowerCase(), one.split('=')[1] ?? '']),
      ),
    };
  });
}

/** The binding cookies that a response sets and does not clear. */
export function bindings(response: { headers: Record<string, unknown> }): SetCookie[] {
  return cookiesSet(response).filter(
    ({ name, value }) => /^(__Host-)?oauth-/.test(name) && value !== '',
  );
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Parsed if it is JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: as supertest has it
  readonly body: any;
}

/** Sends a request exactly as given: path, headers and body are not normalized. */
export function raw(
  origin: string,
  path: string,
  {
    method = 'GET',
    headers = {},
    body,
  }: { method?: string; headers?: Record<string, string | string[]>; body?: string | Buffer } = {},
): Promise<RawAnswer> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      { hostname, port, path, method, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const isJson = /json/.test(response.headers['content-type'] ?? '') && text !== '';
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text,
            body: isJson ? JSON.parse(text) : null,
          });
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
