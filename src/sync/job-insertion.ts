// pg-boss's own statement that inserts jobs, as a part of another statement.

/** Sends one job through the connection that it is given. */
export type SendThrough = (connection: {
  executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}) => Promise<unknown>;

/**
 * The statement without its parameter. It is pg-boss's text, so that another version of pg-boss
 * brings its own.
 * @param send sends a job like those that are to be inserted. It is not inserted
 * @returns the statement, given a SELECT of what each job has of its own, as jsonb
 * @throws Error where pg-boss does not insert a job by one statement with one parameter
 */
export async function jobInsertion(send: SendThrough): Promise<(own: string) => string> {
  const sent: { text: string; values: readonly unknown[] }[] = [];
  await send({
    async executeSql(text, values = []) {
      sent.push({ text, values });
      return { rows: [{ id: '' }] };
    },
  });
  const [{ text, values } = { text: '', values: [] }] = sent;
  const [before, after] = text.split('$1');
  const [common] = JSON.parse(String(values[0])) as unknown[];
  if (sent.length !== 1 || values.length !== 1 || text.split('$1').length !== 2)
    throw new Error('pg-boss inserts jobs in another way');
  const literal = `'${JSON.stringify(common).replaceAll("'", "''")}'::jsonb`;
  return (own) =>
    `${before}(SELECT json_agg(${literal} || job.own) FROM (${own}) AS job (own))${after}`;
}
