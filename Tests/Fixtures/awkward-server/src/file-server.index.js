'use strict';
const config = require('../cfg');

// As the real one does.
console.log('config', config);
require('http').createServer((request, response) => {
  response.statusCode = request.url.startsWith('/download') ? 500 : 404;
  response.end('files');
}).listen(config['file-server'].port);
process.on('SIGTERM', () => process.exit(0));
