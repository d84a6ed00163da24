-- Each service owns its database. No service reads another's.
-- services databases (made by npm run services)
CREATE DATABASE sluice_order;
CREATE DATABASE sluice_inventory;
CREATE DATABASE sluice_notification;
-- /services
