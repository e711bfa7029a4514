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
        $$ SELECT * FROM "Zemla" WHERE id = zemla_id $$ LANGUAGE sql;
        ALTER FUNCTION get_zemli(bigint)
          OWNER TO postgres;
  `, { type: 'SELECT' });
}

async function initPeople() {
  await models.Zemla.create({ name: 'Country1' });
  await models.Kopnik.create({
    email: 'unittest@example.org', password: '$2a$10$everybody.knows.this.one', birth: 1980, passport: '1234',
  });
}

async function init() {
  await initSchema();
  await initStored();
  await initPeople();
}

init().catch((error) => { console.error(error, error.stack); });
