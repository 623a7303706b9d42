-- The role that copies the cluster for point-in-time recovery; safe to run again.
\set ON_ERROR_STOP on
\getenv keeper_password KEEPER_PASSWORD
SET log_statement = 'none';
SET log_min_error_statement = 'panic';
SET password_encryption = 'scram-sha-256';
SELECT 'CREATE ROLE keeper' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'keeper') \gexec
ALTER ROLE keeper LOGIN REPLICATION NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS
    PASSWORD :'keeper_password';
