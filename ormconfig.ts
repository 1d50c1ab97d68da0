// What TypeORM's command line works on: `npm run build && npx typeorm -d dist/ormconfig.js migration:show`.

import { MigrationSource } from './src/database/migration-source.js';
import { readEnvironment } from './src/environment.js';

const url = readEnvironment(process.env)['DATABASE_URL'];
if (!url) throw new Error('DATABASE_URL is missing: postgres://user:password@host:5432/database');

export default new MigrationSource(url);
