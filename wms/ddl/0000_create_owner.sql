-- Every start, as a superuser. The role WMS_USER owns the database and, through it, schema public and all that is there.
-- An owner that exists keeps its attributes: in the official image it is the superuser POSTGRES_USER.
\getenv owner WMS_USER
\getenv owner_password WMS_PASSWORD

SELECT format('CREATE ROLE %I', :'owner')
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = :'owner') \gexec

ALTER ROLE :"owner" LOGIN PASSWORD :'owner_password';
ALTER DATABASE :"DBNAME" OWNER TO :"owner";
