"""Run by Alembic for each command, on the connection that ``upgrade_schema`` has opened."""

from alembic import context

from ommatid_connectors.database.migration import VERSION_TABLE
from ommatid_connectors.database.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    # SQLite changes a column by copying the table.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
