// Starts the queue while other processes start it too.

/**
 * Starts the queue, which creates its tables. At the same moment as another process, this can fail
 * in ways that pg-boss does not expect.
 */
export async function startBeside(start: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await start();
      return;
    } catch (error) {
      const isRace = EXISTS_ALREADY.has((error as { code?: string }).code ?? '');
      if (!isRace || tries === 5) throw error;
    }
  }
}

/** unique_violation, duplicate_schema, duplicate_table, duplicate_object */
const EXISTS_ALREADY = new Set(['23505', '42P06', '42P07', '42710']);
