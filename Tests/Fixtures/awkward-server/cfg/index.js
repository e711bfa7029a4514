const main = require('./main.json');
const own = require('./private.json');
module.exports = Object.assign({}, main[process.env.NODE_ENV], own[process.env.NODE_ENV]);
