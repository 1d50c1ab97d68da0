/** Records what a service sends to PostgreSQL, for suites that look at those very statements. */
import pg from 'pg';

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

type Query = (this: pg.Client, ...parameters: unknown[]) => unknown;

/** Records every statement of this process, from now on until `stop`. */
export function recordStatements(): { statements: readonly Statement[]; stop(): void } {
  const prototype = pg.Client.prototype as unknown as { query: Query };
  const { query } = prototype;
  const statements: Statement[] = [];
  prototype.query = function record(...parameters) {
    const [first, second] = parameters;
    const { text, values } =
      typeof first === 'string' ? { text: first, values: second } : (first as Partial<Statement>);
    if (text !== undefined) statements.push({ text, values: Array.isArray(values) ? values : [] });
    return query.apply(this, parameters);
  };
  return {
    statements,
    stop() {
      prototype.query = query;
    },
  };
}
