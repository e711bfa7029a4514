// Debian's node-ws. A plain "file:/usr/share/nodejs/ws" would make npm look for that library's own dependencies in the registry.
module.exports = require("/usr/share/nodejs/ws");
