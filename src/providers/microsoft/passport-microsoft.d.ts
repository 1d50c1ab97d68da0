// passport-microsoft brings no types.

declare module 'passport-microsoft' {
  import type { OAuth2StrategyClass } from '../consent-strategy.js';

  export const Strategy: OAuth2StrategyClass;
}
