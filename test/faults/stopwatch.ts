/** Measures the duration of a response. */
export async function timed<T>(act: PromiseLike<T>): Promise<{ answer: T; ms: number }> {
  const started = performance.now();
  const answer = await act;
  return { answer, ms: performance.now() - started };
}

/** Polls until `isSo` returns true. @throws Error after `patienceMs` */
export async function eventually(isSo: () => Promise<boolean>, patienceMs = 8_000): Promise<void> {
  for (const started = Date.now(); !(await isSo()); ) {
    if (Date.now() - started > patienceMs) throw new Error(`not so within ${patienceMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
