package dev.slipway.layer;

import dev.slipway.files.RawName;

/** A way to write what does not fit into the fixed fields of a tar header. */
public sealed interface TarDialect {

  /** As Python's {@code tarfile} writes {@code PAX_FORMAT} (POSIX.1-2001 records where needed). */
  TarDialect PAX = new Pax();

  /** As GNU tar writes {@code --format=gnu --numeric-owner}. */
  Gnu GNU_NUMERIC = new Gnu(RawName.of(""), RawName.of(""));

  /** As GNU tar writes {@code --format=gnu} where user and group 0 are called {@code root}. */
  Gnu GNU = new Gnu(RawName.of("root"), RawName.of("root"));

  /**
   * As GNU tar writes {@code --format=gnu} where user 0 is called {@code root} and no group has a
   * name.
   */
  Gnu GNU_NO_GROUPS = new Gnu(RawName.of("root"), RawName.of(""));

  /**
   * Python's form of POSIX.1-2001: a member of type {@code x} holds records for the fields that are
   * too long, not ASCII or out of range; the fields themselves are cut, shown with question marks
   * or zero. The prefix field of ustar is never used.
   */
  record Pax() implements TarDialect {}

  /**
   * GNU tar's form: names of more than 100 bytes in members of type {@code L} and {@code K},
   * numbers out of range in base 256.
   *
   * @param rootUser what user 0 is called, perhaps empty
   * @param rootGroup what group 0 is called, perhaps empty
   */
  record Gnu(RawName rootUser, RawName rootGroup) implements TarDialect {
    private static final RawName NOBODY = RawName.of("");

    /** What this user is called: only 0 has a name. */
    RawName userName(long uid) {
      return uid == 0 ? rootUser : NOBODY;
    }

    /** What this group is called: only 0 has a name. */
    RawName groupName(long gid) {
      return gid == 0 ? rootGroup : NOBODY;
    }
  }
}
