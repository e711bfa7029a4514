'use strict';
const models = require('./model');

// As the real one does.
console.log('config', require('../cfg'));

async function initSchema() {
  await models.sequelize.query('DROP FUNCTION if exists get_zemli(bigint);', { type: 'SELECT' });
  await models.Session.drop({ cascade: true });
  await models.Kopnik.drop({ cascade: true });
  await models.sequelize.sync({ force: true });
  await models.sequelize.query(`
    ALTER TABLE "Zemla" ADD COLUMN verifier_id bigint;
    CREATE INDEX zemla_verifier_id ON "Zemla" (verifier_id);
  `);
}

async function initStored() {
  await models.sequelize.query(`
        CREATE OR REPLACE FUNCTION get_zemli(IN zemla_id bigint) RETURNS SETOF "Zemla" AS
        $$ WITH RECURSIVE up AS (
             SELECT z.* FROM "Zemla" z WHERE z.id = zemla_id UNION ALL SELECT z.* FROM "Zemla" z JOIN up ON z.id = up.parent_id)
           SELECT * FROM up $$ LANGUAGE sql;
        ALTER FUNCTION get_zemli(bigint)
          OWNER TO postgres;
  `, { type: 'SELECT' });
}

async function initPeople() {
  const times = { created_at: new Date(), updated_at: new Date() };
  await models.Zemla.create(Object.assign({ name: 'Country1' }, times));
  await models.Kopnik.create(Object.assign({
    email: 'unittest@example.org', password: '$2a$10$everybody.knows.this.one', birth: 1980, passport: '1234',
  }, times));
}

async function init() {
  await initSchema();
  await initStored();
  await initPeople();
}

init().catch((error) => { console.error(error, error.stack); });
