"""Alembic's scripts, which make the tables of :mod:`ommatid_connectors.database.tables` from those of each release."""
