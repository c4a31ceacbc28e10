"""A client of HubSpot's CRM API that has never heard of Airbyte."""
