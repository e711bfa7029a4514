// Debian's node-pg. A plain "file:/usr/share/nodejs/pg" would make npm look for that library's own dependencies in the registry.
module.exports = require("/usr/share/nodejs/pg");
