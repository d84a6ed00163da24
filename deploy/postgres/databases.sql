-- Each service owns its database; none reads another's.
CREATE DATABASE sluice_order;
CREATE DATABASE sluice_inventory;
CREATE DATABASE sluice_notification;
