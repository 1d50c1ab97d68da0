// A field of a schema with its words and examples.

import type { z } from 'zod';

/**
 * The schema with a description and examples. They appear in the OpenAPI document, and the first
 * example in the detail of a problem.
 */
export function field<Schema extends z.ZodType>(
  schema: Schema,
  description: string,
  ...examples: unknown[]
): Schema {
  return schema.meta({ description, ...(examples.length === 0 ? {} : { examples }) });
}
