'use strict';
// As much of Sequelize as init.js asks for, on the real database.
const { Pool } = require('pg');
const config = require('../../cfg');

const pool = new Pool({
  user: config.username, password: config.password, database: config.database, host: config.host, port: config.port,
});
// Every table of Sequelize's, as kp-server has it defined: times without a default, and rows that are only marked as deleted.
const common = 'id bigserial PRIMARY KEY, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL, deleted_at timestamptz';
const person = `email varchar(255), password varchar(255), name varchar(255), surname varchar(255), patronymic varchar(255),
    birth integer NOT NULL, passport varchar(255) NOT NULL, note text,
    dom_id bigint REFERENCES "Zemla" ON DELETE SET NULL ON UPDATE CASCADE`;
const columns = {
  Zemla: `${common}, "AOGUID" varchar(255) UNIQUE, "PARENTGUID" varchar(255), "SHORTNAME" varchar(255), name varchar(255) NOT NULL,
    level integer NOT NULL DEFAULT 0, "obshinaSize" integer NOT NULL DEFAULT 0, path text, note text,
    parent_id bigint REFERENCES "Zemla" ON DELETE SET NULL ON UPDATE CASCADE,
    country_id bigint REFERENCES "Zemla" ON DELETE SET NULL ON UPDATE CASCADE`,
  Kopnik: `${common}, rolee varchar(255) DEFAULT 'kopnik', skype varchar(255), "voiskoSize" integer NOT NULL DEFAULT 0, ${person},
    starshina_id bigint REFERENCES "Kopnik" ON DELETE SET NULL ON UPDATE CASCADE, UNIQUE (email)`,
  KopnikTree: `${common}, starshii_id bigint REFERENCES "Kopnik" ON DELETE CASCADE ON UPDATE CASCADE,
    mladshii_id bigint REFERENCES "Kopnik" ON DELETE CASCADE ON UPDATE CASCADE, UNIQUE (starshii_id, mladshii_id)`,
  Registration: `${common}, state integer NOT NULL DEFAULT 0, ${person},
    verifier_id bigint REFERENCES "Kopnik", result_id bigint REFERENCES "Kopnik"`,
  Session: 'id bigint PRIMARY KEY, authid varchar(255)',
};
const db = {};
db.sequelize = {
  query: async (text) => (await pool.query(text)).rows,
  // eslint-disable-next-line no-unused-vars
  sync: async ({ force } = {}) => {
    for (const name of Object.keys(columns)) {
      if (force) await db.sequelize.query(`DROP TABLE IF EXISTS "${name}" CASCADE`);
      await db.sequelize.query(`CREATE TABLE IF NOT EXISTS "${name}" (${columns[name]})`);
    }
  },
};
for (const name of Object.keys(columns)) {
  db[name] = {
    drop: () => pool.query(`DROP TABLE IF EXISTS "${name}" CASCADE`),
    create: (row) => pool.query(
      `INSERT INTO "${name}" (${Object.keys(row).join(', ')}) VALUES (${Object.keys(row).map((_, index) => `$${index + 1}`)})`,
      Object.values(row)),
    destroy: () => pool.query(`DELETE FROM "${name}"`),
  };
}
module.exports = db;
