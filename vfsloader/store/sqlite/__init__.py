"""SQLite, behind one narrow module: connections, transactions, errors, files and images."""
