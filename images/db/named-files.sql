-- Which uploaded files the rows of one database name, for compare-files: a line "TABLE database.schema.table" for each table that is known to
-- name some, then "FILE name size written" for each row: the name below the folder of uploads, in hexadecimal; the time in seconds since 1970.
-- Known are the tables of the demo, and "File" of kp-server (src/model/File.js, both branches: its path begins with "upload/", rows that
-- were deleted keep their time of that). Of other sources nobody knows: no line at all.
\set QUIET on
\pset tuples_only on
\pset format unaligned
SET statement_timeout = 0;
SET client_min_messages = warning;
SELECT format(
    'SELECT %L UNION ALL SELECT concat_ws('' '', ''FILE'', encode(convert_to(substr(r->>%L, %s), ''UTF8''), ''hex''), coalesce(r->>''size'', ''-''),
        coalesce(floor(extract(epoch FROM coalesce(r->>''created'', r->>''created_at'', r->>''createdAt'')::timestamptz))::bigint::text, ''-''))
     FROM (SELECT to_jsonb(t) AS r FROM %I.%I t) x
     WHERE coalesce(r->>''deleted_at'', r->>''deletedAt'') IS NULL AND starts_with(r->>%L, %L)',
    format('TABLE %s.%s.%s', current_database(), n.nspname, c.relname), known.field, length(known.folder) + 1,
    n.nspname, c.relname, known.field, known.folder)
FROM (VALUES ('demo_upload', 'id', ''), ('File', 'path', 'upload/')) known (relation, field, folder)
JOIN pg_class c ON c.relname = known.relation AND c.relkind IN ('r', 'p')
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname !~ '^pg_'
WHERE 2 = (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname IN (known.field, 'size') AND NOT a.attisdropped)
ORDER BY 1
\gexec
