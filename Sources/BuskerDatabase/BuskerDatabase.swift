// The transaction, safe SQL, migrations, SQLite.
