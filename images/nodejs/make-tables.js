#!/usr/local/bin/node
// Makes the tables and functions of a kp-server in an empty database, by its own src/init.js as far as that is harmless.
//
// That file drops all tables, makes them anew, makes functions, and then inserts people of unit tests with public passwords; it does
// so as soon as it is loaded. So its models are put under guard first: nothing is dropped, nothing forced, no row is made. It is ended
// at its first try to make a row, by when tables and functions are there. In a database that has its tables nothing is done at all; one
// that has some of them is nobody's to finish, unless a marker table says that it was our own first run that was broken off.
'use strict';
const path = require('path');

const root = process.cwd();
const MARKER = 'kopnik_unfinished_tables';
const FIRST_ROW = new Error('kopnik: enough');

const log = (text) => console.log(`make-tables: ${text}`);

async function tables(sequelize) {
  const found = await sequelize.query(
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public'", { type: 'SELECT', raw: true });
  return found.map((row) => row.tablename);
}

// What init.js may say to the database: to make and alter, not to drop, and to give nothing to another role.
function harmless(text) {
  return text.replace(/ALTER\s+FUNCTION[^;]*OWNER\s+TO[^;]*;/gi, '').replace(/DROP\s+(FUNCTION|TABLE)[^;]*;?/gi, '');
}

function guard(models) {
  const { sequelize } = models;
  const sync = sequelize.sync.bind(sequelize);
  const query = sequelize.query.bind(sequelize);
  const nothing = async () => undefined;
  const enough = async () => { throw FIRST_ROW; };
  sequelize.drop = nothing;
  sequelize.truncate = nothing;
  sequelize.sync = () => sync({ force: false });
  sequelize.query = async (statement, options) => {
    const text = typeof statement === 'string' ? statement : statement.query;
    // Sequelize asks what is there while it makes the tables.
    if (/^\s*SELECT\b/i.test(text)) return query(statement, options);
    const rest = harmless(text);
    if (!rest.trim()) return undefined;
    if (/^\s*(CREATE|ALTER TABLE)\b/i.test(rest)) return query(rest, options).catch(again);
    throw FIRST_ROW;
  };
  for (const name of Object.keys(models)) {
    const model = models[name];
    if (name === 'sequelize' || name === 'Sequelize') continue;
    model.drop = nothing;
    for (const verb of ['create', 'bulkCreate', 'upsert', 'update', 'destroy', 'truncate']) model[verb] = enough;
  }
  return query;
}

// A first run that was broken off has made some of it.
function again(error) {
  const { code } = error.original || error.parent || error;
  if (code === '42701' || code === '42P07') return undefined;  // the column, the table or index is there already
  throw error;
}

/** The names of the tables that the models want. */
function wanted(models) {
  return Object.keys(models).filter((name) => name !== 'sequelize' && name !== 'Sequelize').map((name) => {
    const table = typeof models[name].getTableName === 'function' ? models[name].getTableName() : name;
    return typeof table === 'string' ? table : table.tableName;
  });
}

async function main() {
  // init.js ends by writing whatever stopped it to standard error, and that it is our own doing is no error.
  const complain = console.error;
  const models = require(path.join(root, 'src/model'));
  const before = await tables(models.sequelize);
  const missing = wanted(models).filter((name) => !before.includes(name));
  if (!before.includes(MARKER)) {
    if (!missing.length) return log('the database has tables: nothing to do');
    // Other tables, such as the demo's, are in nobody's way.
    if (missing.length < wanted(models).length) {
      throw new Error(`the database has some of the tables and lacks ${missing.join(', ')}: it is not touched`);
    }
  }
  const query = guard(models);
  await query(`CREATE TABLE IF NOT EXISTS ${MARKER} ()`);
  // It prints its settings first, passwords and all.
  const print = console.log;
  console.log = () => undefined;
  const ended = new Promise((resolve, reject) => {
    console.error = (...words) => {
      if (words[0] === FIRST_ROW) return resolve();
      return words[0] instanceof Error ? reject(words[0]) : complain(...words);
    };
  });
  require(path.join(root, 'src/init.js'));
  await ended;
  console.error = complain;
  console.log = print;
  const now = await tables(models.sequelize);
  const made = wanted(models).filter((name) => now.includes(name));
  if (made.length < wanted(models).length) throw new Error('src/init.js did not make all tables before its first row');
  // kp-server takes what has a low number for the people and lands of its tests: person 2 may do anything, land 1 may be wiped, a
  // registration below 100 needs no captcha. Its init.js leaves these numbers to them, and so do we.
  const sequences = await query("SELECT sequencename AS name FROM pg_sequences WHERE schemaname = 'public'", { type: 'SELECT', raw: true });
  for (const { name } of sequences) await query(`SELECT setval('"${name}"', 1000)`, { type: 'SELECT', raw: true });
  await query(`DROP TABLE ${MARKER}`);
  return log(`made ${made.length} tables: ${made.sort().join(', ')}`);
}

// Should everything end before it is decided, it has failed.
process.exitCode = 1;
main().then(() => process.exit(0), (error) => {
  console.log(`make-tables: failed: ${error && error.message}`);
  process.exit(1);
});
