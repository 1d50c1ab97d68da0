// Runs the named steps of a request in order. Each step takes what the one before returned.

/**
 * One step: it takes what is known so far and returns it with what the step has learned. It refuses
 * by throwing.
 */
export type Step<Known, Learned> = (known: Known) => Learned | Promise<Learned>;

/**
 * The steps as one function. A step that needs more than the steps before it have learned does not
 * compile.
 */
export function inOrder<A, B, C>(one: Step<A, B>, two: Step<B, C>): (first: A) => Promise<C>;
export function inOrder<A, B, C, D>(
  one: Step<A, B>,
  two: Step<B, C>,
  three: Step<C, D>,
): (first: A) => Promise<D>;
export function inOrder<A, B, C, D, E>(
  one: Step<A, B>,
  two: Step<B, C>,
  three: Step<C, D>,
  four: Step<D, E>,
): (first: A) => Promise<E>;
export function inOrder<A, B, C, D, E, F>(
  one: Step<A, B>,
  two: Step<B, C>,
  three: Step<C, D>,
  four: Step<D, E>,
  five: Step<E, F>,
): (first: A) => Promise<F>;
export function inOrder<A, B, C, D, E, F, G>(
  one: Step<A, B>,
  two: Step<B, C>,
  three: Step<C, D>,
  four: Step<D, E>,
  five: Step<E, F>,
  six: Step<F, G>,
): (first: A) => Promise<G>;
export function inOrder(...steps: Step<unknown, unknown>[]) {
  return async (first: unknown): Promise<unknown> => {
    let known = first;
    for (const step of steps) known = await step(known);
    return known;
  };
}
