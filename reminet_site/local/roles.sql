-- The three roles and one database, the same on one machine and in production; safe to run again.
-- Run by a superuser with psql (>= 14), which reads the passwords from its environment:
--   OWNER_PASSWORD=... APP_PASSWORD=... REMINET_DATABASE=reminet psql -d postgres -f roles.sql
--
--   owner  owns everything and runs the migrations
--   app    the service: owns nothing, cannot bypass row-level security
--   vault  nobody signs in as it; app takes it by SET LOCAL ROLE inside a door, never by inheritance

\set ON_ERROR_STOP on
\getenv owner_password OWNER_PASSWORD
\getenv app_password APP_PASSWORD
\getenv database REMINET_DATABASE

SET client_min_messages = warning;
SET log_statement = 'none';
SET log_min_error_statement = 'panic';
SET password_encryption = 'scram-sha-256';

SELECT current_setting('server_version_num')::int >= 180000 AS new_enough \gset
\if :new_enough
\else
  \warn 'PostgreSQL 18 or newer is needed.'
  SELECT 'PostgreSQL 18 or newer is needed'::int;
\endif

SELECT pg_advisory_lock(hashtext('reminet roles'));

SELECT format('CREATE ROLE %I', name)
  FROM unnest(ARRAY['owner', 'app', 'vault']) AS name
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

ALTER ROLE owner LOGIN NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'owner_password';
ALTER ROLE app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'app_password';
ALTER ROLE vault NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
GRANT vault TO app WITH ADMIN FALSE, INHERIT FALSE, SET TRUE;

SELECT format('CREATE DATABASE %I OWNER owner', :'database')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec

SELECT pg_advisory_unlock(hashtext('reminet roles'));

ALTER DATABASE :"database" OWNER TO owner;
ALTER DATABASE :"database" SET timezone = 'UTC';
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO app;

\connect :"database"
SET client_min_messages = warning;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO app, vault;
