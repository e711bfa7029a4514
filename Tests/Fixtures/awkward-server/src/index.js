'use strict';
const fs = require('fs');
const path = require('path');
const config = require('../cfg');
const models = require('./model');
// Compiled when it was installed.
require('bcrypt');

(async () => {
  // It writes here as the real one does, and git does not bring the folder.
  fs.appendFileSync(path.join(__dirname, '../log/root.log'), 'started\n');
  if (config.FCM.serverKey !== null && !config.FCM.serverKey) throw new Error('the FCM API key should be a non-empty string');
  if (Buffer.from(config.VAPID.publicKey, 'base64').length !== 65) throw new Error('the VAPID public key should be 65 bytes');
  await models.Session.destroy({ force: true });
  const { Wamp } = await import('./wamp.mjs');
  const wamp = new Wamp({
    url: `${config.WAMP.schema}://${config.WAMP.host}:${config.WAMP.port}/${config.WAMP.path}`, realm: 'kopa',
    authid: config.server.username, ticket: config.server.password, WebSocket: require('ws'),
  }).start();
  await wamp.register('ru.kopa.pingPong', (args) => args);
  await wamp.register('ru.kopa.model.getKOPNIKByEmail', async (args, kwargs) => {
    const rows = await models.sequelize.query('SELECT count(*)::int AS count FROM "Kopnik"');
    return rows[0].count;
  });
  console.log('started');
  process.on('SIGTERM', () => process.exit(0));
})();
