-- Each service owns its database. No service reads another's. psql runs this at each start of Compose.
-- services databases (made by npm run services)
SELECT 'CREATE DATABASE sluice_order'
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'sluice_order') \gexec
SELECT 'CREATE DATABASE sluice_inventory'
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'sluice_inventory') \gexec
SELECT 'CREATE DATABASE sluice_notification'
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'sluice_notification') \gexec
-- /services
