// The page and its assets: what the folder contains is served, and a path never names a file.

import { readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import express from 'express';
import supertest from 'supertest';
import { servePage } from '../../src/http/page.js';

const ASSETS = readdirSync(new URL('../../src/page/assets/', import.meta.url)).sort();
const TYPES: Readonly<Record<string, RegExp>> = {
  js: /^text\/javascript/,
  css: /^text\/css/,
  svg: /^image\/svg\+xml/,
};
const typeOf = (file: string): RegExp | undefined => TYPES[file.split('.').at(-1) ?? ''];

const app = express().use(servePage({ demoSignIn: true }));

describe('the page', () => {
  test('is HTML for a browser, and unknown to a program', async () => {
    const page = await supertest(app).get('/').set('Accept', 'text/html').expect(200);
    expect(page.headers['content-type']).toMatch(/^text\/html/);
    expect(page.headers['cache-control']).toBe('no-store');
    await supertest(app).get('/').set('Accept', 'application/json').expect(404);
  });

  test.each(ASSETS.filter((file) => typeOf(file) !== undefined))(
    'has its asset %s with its media type',
    async (file) => {
      const asset = await supertest(app).get(`/page/${file}`).expect(200);
      expect(asset.headers['content-type']).toMatch(typeOf(file) ?? /^$/);
      expect(asset.headers['cache-control']).toBe('no-cache');
    },
  );

  test.each([
    '/page/index.html',
    '/page/',
    '/page/App.js',
    '/page/nowhere.js',
    '/page/../page.ts',
    '/page/..%2fpage.ts',
    '/page/%2e%2e/page.ts',
    '/page/app.js%00.svg',
    '/page/./app.js%2f',
  ])('does not serve %s', async (path) => {
    await supertest(app).get(path).expect(404);
  });

  test('has its facts as JSON', async () => {
    const facts = await supertest(app).get('/page/facts.json').expect(200);
    expect(facts.body).toEqual({ demoSignIn: true });
    expect(facts.headers['cache-control']).toBe('no-store');
  });

  test.each([
    ['/integrations', './integrations/'],
    ['/integrations/', './'],
    ['/api/calendars?status=success#top', './calendars/'],
    ['/a$&b', './a$%26b/'],
    ['/%22%3E', './%22%3E/'],
    ['/"><script>', './%22%3E%3Cscript%3E/'],
  ])('refers to its assets relative to its own address %s', async (url, mount) => {
    const anywhere = express().use((request, response, next) => {
      request.originalUrl = url;
      request.url = '/';
      servePage({ demoSignIn: false })(request, response, next);
    });
    const { text } = await supertest(anywhere).get('/').set('Accept', 'text/html').expect(200);
    expect(text).toContain(`src="${mount}page/app.js"`);
    expect(text).toContain(`href="${mount}page/style.css"`);
    expect(text).not.toMatch(/\{mount\}|(href|src)="\//);
  });
});
