// The TypeORM command line's view of the database: `npm run build && npx typeorm -d dist/ormconfig.js migration:show`.

import { createDataSource } from './src/database/options.js';

export default createDataSource({
  url: process.env['DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres',
  poolSize: 2,
  statementTimeoutMs: 0,
});
