// Cleaning of texts, links and identifiers from providers.

import { expect, test } from '@jest/globals';
import { cleanLine, cleanText, cleanUrl, identifier } from '../../src/providers/clean-text.js';

test('a line has no control characters, no lone surrogates and a maximum length', () => {
  expect(cleanLine('A\0n\u0007a\ud83d', 50)).toBe('Ana');
  expect(cleanLine('Plan\r\n\tB\u2028C', 50)).toBe('Plan B C');
  expect(cleanLine('\u001b[31mred', 50)).toBe('[31mred');
  expect(cleanLine('😀'.repeat(3), 5)).toBe('😀😀');
  expect(cleanLine('x'.repeat(1_000_000), 10)).toBe('x'.repeat(10));
  for (const nothing of ['', '  ', '\0', '\udc00', undefined, null, 7, {}])
    expect(cleanLine(nothing, 10)).toBeNull();
});

test('a text keeps its lines', () => {
  expect(cleanText('a\r\n\tb\0\u000b\ud800c', 50)).toBe('a\r\n\tbc');
});

test('a link that is not http or https becomes null', () => {
  for (const good of ['https://meet.google.com/abc', 'http://localhost:3000/?a=b%20c'])
    expect(cleanUrl(good)).toBe(good);
  for (const bad of [
    'javascript:alert(1)',
    'data:text/html,x',
    'https://',
    ' https://a',
    'https://a b',
    'https://a\n',
    'https://[',
    `https://a/${'x'.repeat(16_384)}`,
    null,
  ]) {
    expect(cleanUrl(bad)).toBeNull();
  }
});

test('an identifier is unchanged or refused', () => {
  for (const good of ['AAMk-_=+/', 'a@b.c', 'x'.repeat(2560), 'ключ'])
    expect(identifier(good)).toBe(good);
  for (const bad of ['', 'a\0', 'a\n', 'a\ud800', 'x'.repeat(2561), 'к'.repeat(1281), 7, null, {}])
    expect(identifier(bad)).toBeNull();
});
