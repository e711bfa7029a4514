// Debian's node-nodemailer. A plain "file:/usr/share/nodejs/nodemailer" would make npm look for that library's own dependencies in the registry.
module.exports = require("/usr/share/nodejs/nodemailer");
