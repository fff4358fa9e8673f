package dev.slipway.store;

import dev.slipway.files.RawName;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;
import org.sqlite.SQLiteLimits;
import org.sqlite.SQLiteOpenMode;
import org.sqlite.jdbc4.JDBC4Connection;

/**
 * One connection to an SQLite database that others may be using too. It is opened at the first
 * transaction: SQLite's library takes a while to load. Threads take turns.
 */
final class SqliteFile implements AutoCloseable {
  private static final int BUSY_TIMEOUT_MILLIS = 60_000;

  /** SQLite's flag for file names that are URIs; its wrapper does not name it. */
  private static final int OPEN_URI = 0x40;

  private static final int READ_ONLY = SQLiteOpenMode.READONLY.flag | OPEN_URI;
  private static final int READ_WRITE = SQLiteOpenMode.READWRITE.flag | OPEN_URI;
  private static final int CREATE = READ_WRITE | SQLiteOpenMode.CREATE.flag;

  /** The longest text that a database from elsewhere may hold, in bytes. */
  private static final int MOST_FOREIGN_TEXT = 1 << 20;

  private final Path path;
  private final Access access;
  private final String name;
  private final ReentrantLock turn = new ReentrantLock();
  private final Map<String, PreparedStatement> statements = new HashMap<>();
  private @Nullable Connection connection;

  /** What the file looked like when it was opened without locks; null when locks are taken. */
  private @Nullable Stamp unlocked;

  /** What a connection is for. */
  enum Access {
    /** To read what others may be writing to. */
    READING,
    /** To change what others may be using, and to make it if it is missing. */
    WRITING,
    /** To make a file that nobody else knows of, and that may be lost. */
    MAKING,
    /** To read a copy, of one's own, of what somebody made who may mean harm. */
    FOREIGN
  }

  /**
   * The database at {@code path}.
   *
   * @param access what it is opened for
   */
  SqliteFile(Path path, Access access) {
    this(path, access, path.toString());
  }

  /**
   * The database at {@code path}.
   *
   * @param access what it is opened for
   * @param name what it is called in messages
   */
  SqliteFile(Path path, Access access, String name) {
    this.path = path;
    this.access = access;
    this.name = name;
  }

  /** Loads SQLite's library, if it can be. Whoever opens a database without it loads it then. */
  static void load() {
    try {
      new JDBC4Connection("jdbc:sqlite:", ":memory:", new Properties()).close();
    } catch (SQLException | UnsatisfiedLinkError e) {
      // Said when a database is opened.
    }
  }

  Path path() {
    return path;
  }

  /** What is done in one transaction. */
  @FunctionalInterface
  interface Work<T> {
    T run() throws SQLException, IOException;
  }

  /** Runs {@code work}, which only reads, on one snapshot; maybe more than once. */
  <T> T snapshot(Work<T> work) throws IOException {
    turn.lock();
    try {
      while (true) {
        T result = transaction("begin", work);
        if (unlocked == null || unlocked.equals(Stamp.of(path))) {
          return result;
        }
        close(); // Someone wrote to the file meanwhile: what was read may be a mixture.
      }
    } finally {
      turn.unlock();
    }
  }

  /** Runs {@code work} while nobody else writes; all that it changes is kept, or nothing. */
  <T> T update(Work<T> work) throws IOException {
    return transaction("begin immediate", work);
  }

  private <T> T transaction(String begin, Work<T> work) throws IOException {
    turn.lock();
    try {
      if (connection == null) {
        connection = open();
      }
      execute(begin);
      boolean done = false;
      try {
        T result = work.run();
        execute("commit");
        done = true;
        return result;
      } finally {
        if (!done) {
          close(); // Rolls back, whatever state SQLite is in.
        }
      }
    } catch (SQLException e) {
      throw failure(e);
    } finally {
      turn.unlock();
    }
  }

  /** Runs a statement without parameters or results. */
  void execute(String sql) throws SQLException {
    prepare(sql).execute();
  }

  /** A statement for this connection, compiled once. */
  PreparedStatement prepare(String sql) throws SQLException {
    PreparedStatement statement = statements.get(sql);
    if (statement == null) {
      if (connection == null) {
        throw new IllegalStateException("only within a transaction");
      }
      statement = connection.prepareStatement(sql);
      statements.put(sql, statement);
    }
    return statement;
  }

  /** Writes what the database holds, and nothing else, to a new database at {@code target}. */
  void vacuumInto(Path target) throws IOException {
    turn.lock();
    try {
      close(); // It must be the only statement that was ever begun.
      try (Connection opened = open()) {
        run(opened, "vacuum into '" + uri(target) + "'");
      }
    } catch (SQLException e) {
      throw failure(e);
    } finally {
      turn.unlock();
    }
  }

  boolean hasTable(String name) throws SQLException {
    PreparedStatement statement =
        prepare("select 1 from sqlite_master where type = 'table' and name = ?1");
    statement.setString(1, name);
    try (ResultSet result = statement.executeQuery()) {
      return result.next();
    }
  }

  private Connection open() throws IOException, SQLException {
    return switch (access) {
      case READING -> openForReading();
      case WRITING -> openForWriting();
      case MAKING -> openForMaking();
      case FOREIGN -> openForeign();
    };
  }

  private Connection openForMaking() throws SQLException {
    Connection opened = connect(CREATE, "");
    run(opened, "pragma journal_mode = off");
    run(opened, "pragma synchronous = off");
    run(opened, "pragma locking_mode = exclusive");
    return opened;
  }

  /** Opens for writing: a write-ahead log that lies beside the file is taken in. */
  private Connection openForeign() throws SQLException {
    JDBC4Connection opened = connect(READ_WRITE, "");
    opened.setLimit(SQLiteLimits.SQLITE_LIMIT_LENGTH, MOST_FOREIGN_TEXT);
    run(opened, "pragma trusted_schema = 0");
    // Checking the pages would evaluate conditions, which may be made to take for ever.
    run(opened, "pragma ignore_check_constraints = 1");
    run(opened, "pragma cell_size_check = 1");
    run(opened, "pragma query_only = 1");
    return probe(opened);
  }

  private Connection openForWriting() throws SQLException {
    Connection opened = connect(CREATE, "");
    run(opened, "pragma foreign_keys = 1");
    run(opened, "pragma journal_mode = wal");
    // As Nix: in a write-ahead log this loses no consistency, at worst the last registrations.
    run(opened, "pragma synchronous = normal");
    return opened;
  }

  /**
   * Opens as Nix would: for writing where that is allowed, since a mere reader of a write-ahead log
   * cannot clean up after itself. Where nothing at all may be written, not even locks, it opens
   * without them, and {@link #snapshot} watches over the file.
   */
  private Connection openForReading() throws IOException, SQLException {
    if (!Files.exists(path)) {
      throw new ImageException("there is no database at " + path);
    }
    unlocked = null;
    if (Files.isWritable(path) && Files.isWritable(path.resolveSibling("."))) {
      Connection writable = connect(READ_WRITE, "");
      run(writable, "pragma query_only = 1");
      return probe(writable);
    }
    try {
      return probe(connect(READ_ONLY, ""));
    } catch (SQLiteException e) {
      boolean wantsToWrite =
          switch (primary(e)) {
            case SQLITE_CANTOPEN, SQLITE_READONLY -> true;
            default -> false;
          };
      if (!wantsToWrite || hasLog()) {
        throw e;
      }
    }
    unlocked = Stamp.of(path);
    return probe(connect(READ_ONLY, "?immutable=1"));
  }

  private boolean hasLog() throws IOException {
    Path log = path.resolveSibling(path.getFileName() + "-wal");
    return Files.exists(log) && Files.size(log) > 0;
  }

  private JDBC4Connection connect(int flags, String query) throws SQLException {
    Properties settings = new Properties();
    settings.setProperty("open_mode", Integer.toString(flags));
    settings.setProperty("busy_timeout", Integer.toString(BUSY_TIMEOUT_MILLIS));
    // The driver is used directly: the driver manager would load every service there is.
    try {
      return new JDBC4Connection("jdbc:sqlite:", uri(path) + query, settings);
    } catch (UnsatisfiedLinkError e) { // It is said with more words only to who comes first.
      throw new SQLException("SQLite's library cannot be loaded: " + e.getMessage(), e);
    }
  }

  private static String uri(Path file) {
    RawName name = RawName.path(file);
    StringBuilder uri = new StringBuilder("file:");
    for (int i = 0; i < name.length(); i++) {
      int c = name.at(i);
      if ((c < 128 && Character.isLetterOrDigit(c)) || "/.-_".indexOf(c) >= 0) {
        uri.append((char) c);
      } else {
        uri.append('%');
        uri.append(Character.forDigit(c >> 4, 16)).append(Character.forDigit(c & 15, 16));
      }
    }
    return uri.toString();
  }

  /** Makes SQLite look at the file: opening alone does not. */
  private static Connection probe(Connection connection) throws SQLException {
    try {
      run(connection, "select 1 from ValidPaths limit 1");
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  private static void run(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** The failure that {@code e} is to users: one line that names the file. */
  IOException failure(SQLException e) {
    if (!(e instanceof SQLiteException sqlite)) {
      return new IOException(name + ": " + e.getMessage(), e);
    }
    return switch (primary(sqlite)) {
      case SQLITE_CORRUPT, SQLITE_NOTADB ->
          new ImageException(name + " is damaged or not a database", e);
      case SQLITE_ERROR -> new ImageException(name + " is not a database of Nix's schema 10", e);
      case SQLITE_BUSY, SQLITE_LOCKED ->
          new IOException(
              name + " has been locked by another process for " + BUSY_TIMEOUT_MILLIS / 1000 + " s",
              e);
      case SQLITE_CANTOPEN, SQLITE_READONLY ->
          new IOException(
              name
                  + " cannot be opened: it may not be read or written,"
                  + " or its folder is read-only while its log holds changes",
              e);
      case SQLITE_FULL -> new IOException(name + " cannot grow: no space left on the device", e);
      default -> new IOException(name + ": " + sqlite.getResultCode().message, e);
    };
  }

  /** The error without its extension. */
  private static SQLiteErrorCode primary(SQLiteException e) {
    return SQLiteErrorCode.getErrorCode(e.getResultCode().code & 0xff);
  }

  /** Gives the connection up; the next transaction opens another. */
  @Override
  public void close() throws IOException {
    turn.lock();
    try {
      statements.clear();
      if (connection != null) {
        connection.close();
      }
    } catch (SQLException e) {
      throw failure(e);
    } finally {
      connection = null;
      turn.unlock();
    }
  }

  /** What changes when a file is written to. */
  private record Stamp(Object key, long size, long modified) {
    static Stamp of(Path file) throws IOException {
      BasicFileAttributes now =
          Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      Object key = now.fileKey();
      return new Stamp(key == null ? "" : key, now.size(), now.lastModifiedTime().toMillis());
    }
  }
}
