'use strict';
// As much of Sequelize as init.js asks for, on the real database.
const { Pool } = require('pg');
const config = require('../../cfg');

const pool = new Pool({
  user: config.username, password: config.password, database: config.database, host: config.host, port: config.port,
});
const columns = {
  Zemla: 'id bigserial PRIMARY KEY, name varchar(255)',
  Kopnik: `id bigserial PRIMARY KEY, rolee varchar(255) DEFAULT 'kopnik', email varchar(255) UNIQUE, password varchar(255),
    name varchar(255), birth integer NOT NULL, passport varchar(255) NOT NULL`,
  Registration: `id bigserial PRIMARY KEY, state integer NOT NULL DEFAULT 0, email varchar(255), password varchar(255),
    name varchar(255), birth integer NOT NULL, passport varchar(255) NOT NULL`,
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
