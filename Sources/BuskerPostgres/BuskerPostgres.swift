// The same transaction on PostgreSQL.
