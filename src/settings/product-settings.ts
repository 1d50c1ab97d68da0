// The settings of how the pages present the host's product to its users.

import { z } from 'zod';
import { url } from './kinds.js';
import type { Kind, SettingTable } from './setting.js';

const LONGEST_NAME = 80;

const name = {
  reads: z
    .string()
    .trim()
    .min(1, { error: 'must not be empty' })
    .max(LONGEST_NAME, { error: `must have at most ${LONGEST_NAME} characters` }),
  option: 'string',
} as const satisfies Kind<string>;

const color = {
  reads: z
    .string()
    .regex(/^#[0-9a-f]{6}$/i, { error: 'must be a color such as #0f5f58' })
    .transform((value) => value.toLowerCase()),
  option: 'string',
} as const satisfies Kind<string>;

/** How the hosted pages present the product. */
export const PRODUCT_SETTINGS = {
  productName: {
    variable: 'PRODUCT_NAME',
    ...name,
    meaning: 'The name of your product. Unset: the host of `FRONTEND_BASE_URL`.',
    example: 'Acme Planner',
  },
  productLogoUrl: {
    variable: 'PRODUCT_LOGO_URL',
    ...url,
    meaning: 'The logo of your product, square. The policy of the pages allows its origin.',
    example: 'https://app.example.com/logo.svg',
  },
  productAccentColor: {
    variable: 'PRODUCT_ACCENT_COLOR',
    ...color,
    meaning: 'The color of the main button. Its text is black or white, whichever reads better.',
    example: '#0f5f58',
  },
  productHomeUrl: {
    variable: 'PRODUCT_HOME_URL',
    ...url,
    meaning: 'Where the pages link back to your product.',
    example: 'https://app.example.com',
  },
} as const satisfies SettingTable;
