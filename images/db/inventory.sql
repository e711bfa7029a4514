-- What one database holds, a line a thing, the same words in every version of Postgres: upgrade-db compares those of the old and the new
-- server, and those of the day of an upgrade with those of today. pg_temp and pg_toast are left out; system objects have oids below 16384.
\set QUIET on
\pset tuples_only on
\pset format unaligned
SET statement_timeout = 0;
SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET bytea_output = 'hex'; SET extra_float_digits = 1;
SET search_path = '';
-- What belongs to an extension comes with the extension, whose newer version may have other things.
\set own 'NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = ''pg_class''::regclass AND d.objid = c.oid AND d.deptype = ''e'')'
-- Rows: how many, and the sum of a digest of each, which knows no order.
SELECT format(
    'SELECT format(E''rows\t%%s\t%%s\t%%s\t%%s'', current_database(), %L, count(*), coalesce(sum((''x'' || substr(md5(t::text), 1, 15))::bit(60)::bigint::numeric), 0)) FROM %s %s t',
    c.oid::regclass, CASE WHEN c.relkind = 'r' THEN 'ONLY' ELSE '' END, c.oid::regclass)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE (c.relkind = 'r' OR c.relkind = 'm' AND c.relispopulated) AND c.oid >= 16384 AND :own AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY c.oid::regclass::text COLLATE "C" \gexec
SELECT format('SELECT format(E''sequence\t%%s\t%%s\t%%s\t%%s'', current_database(), %L, last_value, is_called) FROM %s', c.oid::regclass, c.oid::regclass)
FROM pg_class c WHERE c.relkind = 'S' AND c.oid >= 16384 AND :own AND c.relpersistence <> 't' ORDER BY c.oid::regclass::text COLLATE "C" \gexec
SELECT format(E'large-objects\t%s\t-\t%s\t%s', current_database(), count(*), coalesce(sum((('x' || substr(md5(data), 1, 15))::bit(60)::bigint)::numeric), 0))
FROM (SELECT lo_get(oid) AS data FROM pg_largeobject_metadata) l;
\if :complete
-- MAINTAIN came with Postgres 17, and an owner who had all rights has it then too.
\set maintain '''(=[a-zA-Z*]*)m[*]?([a-zA-Z*]*/[^/]*)$'''
SELECT format('extension %s %s', current_database(), extname) FROM pg_extension ORDER BY extname COLLATE "C";
SELECT format('schema %s %s owner %s', current_database(), nspname, nspowner::regrole) FROM pg_namespace
WHERE nspname !~ '^pg_(temp|toast)' ORDER BY nspname COLLATE "C";
SELECT format('relation %s %s %s owner %s acl %s', current_database(), c.relkind, c.oid::regclass, c.relowner::regrole,
    (SELECT string_agg(regexp_replace(a::text, :maintain, '\1\2'), ',' ORDER BY a::text COLLATE "C") FROM unnest(c.relacl) a))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid >= 16384 AND :own AND n.nspname !~ '^pg_' AND c.relpersistence <> 't' ORDER BY c.oid::regclass::text COLLATE "C";
SELECT format('column %s %s %s %s null %s acl %s', current_database(), c.oid::regclass, a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
    (SELECT string_agg(x::text, ',' ORDER BY x::text COLLATE "C") FROM unnest(a.attacl) x))
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid >= 16384 AND :own AND c.relkind IN ('r', 'p', 'm', 'v', 'f') AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname !~ '^pg_'
ORDER BY c.oid::regclass::text COLLATE "C", a.attname COLLATE "C";
SELECT format('index %s %s valid %s unique %s', current_database(), indexrelid::regclass, indisvalid, indisunique)
FROM pg_index JOIN pg_class c ON c.oid = indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE indexrelid >= 16384 AND :own AND n.nspname !~ '^pg_' ORDER BY indexrelid::regclass::text COLLATE "C";
-- From Postgres 18 on NOT NULL is a constraint too; the columns above tell of it.
SELECT format('constraint %s %s %s %s valid %s', current_database(), conrelid::regclass, conname, contype, convalidated) FROM pg_constraint
WHERE oid >= 16384 AND contype <> 'n' ORDER BY conrelid::regclass::text COLLATE "C", conname COLLATE "C";
SELECT format('trigger %s %s %s %s', current_database(), tgrelid::regclass, tgname, tgenabled) FROM pg_trigger
WHERE NOT tgisinternal ORDER BY tgrelid::regclass::text COLLATE "C", tgname COLLATE "C";
SELECT format('function %s %s owner %s', current_database(), oid::regprocedure, proowner::regrole) FROM pg_proc p
WHERE oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
ORDER BY oid::regprocedure::text COLLATE "C";
SELECT format('type %s %s %s', current_database(), t.oid::regtype, t.typtype) FROM pg_type t
WHERE t.oid >= 16384 AND t.typtype IN ('e', 'd', 'r')
AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e') ORDER BY t.oid::regtype::text COLLATE "C";
SELECT format('policy %s %s %s', current_database(), polrelid::regclass, polname) FROM pg_policy ORDER BY polrelid::regclass::text COLLATE "C", polname COLLATE "C";
SELECT format('default-acl %s %s %s %s', current_database(), defaclrole::regrole, defaclobjtype, defaclacl::text) FROM pg_default_acl ORDER BY 1;
SELECT format('publication %s %s', current_database(), pubname) FROM pg_publication ORDER BY 1;
\endif
