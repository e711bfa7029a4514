#!/usr/local/bin/node
// Healthy = the application answers on $PROBE_PORT with anything below 500 (a 404 is an answer too).
'use strict';
const port = Number(process.env.PROBE_PORT || 80);
const request = require('http').get({ host: '127.0.0.1', port, path: '/', timeout: 4000 }, (response) => {
  if (response.statusCode < 500) process.exit(0);
  console.log(`port ${port} answered ${response.statusCode}`);
  process.exit(1);
});
request.on('timeout', () => request.destroy(new Error('no answer in 4 s')));
request.on('error', (error) => { console.log(`port ${port}: ${error.message}`); process.exit(1); });
