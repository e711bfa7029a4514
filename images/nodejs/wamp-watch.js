#!/usr/local/bin/node
// Watches a kp-server that has no HTTP port: is its procedure registered at Crossbar? The answer is the time of a file that the health
// check reads. One session for as long as the container lives: kp-server writes each session that joins into a table, so a health
// check that logged in every few seconds would fill it. Node's own modules only, in the language of Node 8.
'use strict';
const fs = require('fs');
const http = require('http');

const SETTINGS = process.env.WAMP_SETTINGS || '/home/ubuntu/sftp/kp-server/cfg/private.json';
const MARK = process.env.WAMP_MARK || '/tmp/registered';
const PROCEDURE = process.env.PROBE_REGISTRATION;
const EVERY = 2000;
const [HELLO, WELCOME, ABORT, CHALLENGE, AUTHENTICATE, ERROR, CALL, RESULT] = [1, 2, 3, 4, 5, 8, 48, 50];

// One masked text frame (RFC 6455, 5.2). The mask hides nothing here; the router insists on one.
function frame(text, opcode) {
  const body = Buffer.from(text);
  const head = body.length < 126 ? Buffer.from([0x80 | (opcode || 1), 0x80 | body.length, 0, 0, 0, 0])
    : Buffer.from([0x80 | (opcode || 1), 0x80 | 126, body.length >> 8, body.length & 255, 0, 0, 0, 0]);
  return Buffer.concat([head, body]);
}

// Calls `take` with each whole frame; the router sends short ones.
function reader(take) {
  let rest = Buffer.alloc(0);
  return (part) => {
    rest = Buffer.concat([rest, part]);
    for (;;) {
      if (rest.length < 2) return;
      const short = rest[1] & 127;
      const start = short === 126 ? 4 : short === 127 ? 10 : 2;
      if (rest.length < start) return;
      const length = short === 126 ? rest.readUInt16BE(2) : short === 127 ? rest.readUInt32BE(6) : short;
      if (rest.length < start + length) return;
      take(rest[0] & 15, rest.slice(start, start + length));
      rest = rest.slice(start + length);
    }
  };
}

function session(settings, ended) {
  const { WAMP, server } = settings;
  const request = http.get({
    host: WAMP.host, port: WAMP.port, path: `/${WAMP.path}`, timeout: 10000,
    headers: {
      Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'a29wbmlrLXdhbXB3YXRjaA==', 'Sec-WebSocket-Protocol': 'wamp.2.json',
    },
  });
  let socket;
  let timer;
  let isOver = false;
  const end = (why) => {
    if (isOver) return;
    isOver = true;
    clearInterval(timer);
    if (socket) socket.destroy();
    request.destroy ? request.destroy() : request.abort();
    ended(why);
  };
  const send = (message) => socket.write(frame(JSON.stringify(message)));
  let number = 0;
  const ask = () => send([CALL, number += 1, {}, 'wamp.registration.lookup', [PROCEDURE]]);
  const take = (message) => {
    switch (message[0]) {
      case CHALLENGE: return send([AUTHENTICATE, server.password, {}]);
      case WELCOME:
        ask();
        timer = setInterval(ask, EVERY);
        return undefined;
      // Registered: the result is the registration's number. Not registered: null.
      case RESULT: return Array.isArray(message[3]) && message[3][0] ? fs.writeFileSync(MARK, '') : undefined;
      case ABORT: return end(`the router refuses: ${message[2]}`);
      case ERROR: return end(`the router answers ${message[4]}`);
      default: return undefined;
    }
  };
  request.on('upgrade', (response, connection) => {
    socket = connection;
    socket.setTimeout(0);
    socket.on('data', reader((opcode, body) => {
      if (opcode === 9) return socket.write(frame(body, 10));
      if (opcode === 8) return end('the router ended the session');
      return opcode === 1 ? take(JSON.parse(body.toString())) : undefined;
    }));
    socket.on('error', (error) => end(error.message));
    socket.on('close', () => end('the connection was closed'));
    send([HELLO, 'kopa', { roles: { caller: {} }, authmethods: ['ticket'], authid: server.username }]);
  });
  request.on('response', (response) => end(`no WebSocket: ${response.statusCode}`));
  request.on('timeout', () => end('no answer in 10 s'));
  request.on('error', (error) => end(error.message));
}

let last;
(function watch() {
  const settings = JSON.parse(fs.readFileSync(SETTINGS, 'utf8')).production;
  session(settings, (why) => {
    // Each reason once: a router that is away for long must not fill the log.
    if (why !== last) console.log(`wamp-watch: ${why}`);
    last = why;
    setTimeout(watch, EVERY);
  });
}());
