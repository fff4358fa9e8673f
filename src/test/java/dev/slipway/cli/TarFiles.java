package dev.slipway.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Tars, read and written by a library that is not ours. */
final class TarFiles {
  private TarFiles() {}

  /** A member: its header as in a listing, and its content. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Member(String name, String header, byte[] content) {
    String text() {
      return new String(content, StandardCharsets.UTF_8);
    }
  }

  /** The members of a tar. */
  static List<Member> read(byte[] tar) throws IOException {
    List<Member> members = new ArrayList<>();
    try (TarArchiveInputStream in =
        new TarArchiveInputStream(new ByteArrayInputStream(tar), "UTF-8")) {
      for (TarArchiveEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        String header =
            "%04o %d:%d %s:%s %d %s%s"
                .formatted(
                    entry.getMode() & 07777,
                    entry.getLongUserId(),
                    entry.getLongGroupId(),
                    entry.getUserName(),
                    entry.getGroupName(),
                    entry.getLastModifiedTime().toInstant().getEpochSecond(),
                    entry.getName(),
                    entry.isSymbolicLink() ? " -> " + entry.getLinkName() : "");
        members.add(new Member(entry.getName(), header, in.readAllBytes()));
      }
    }
    return members;
  }

  /** The names of a tar's members. */
  static List<String> names(byte[] tar) throws IOException {
    return read(tar).stream().map(Member::name).toList();
  }

  /** The content of the member of this name. */
  static byte[] content(byte[] tar, String name) throws IOException {
    return read(tar).stream()
        .filter(member -> member.name().equals(name))
        .findFirst()
        .orElseThrow()
        .content();
  }

  /** A tar in the making. */
  static final class Writer {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final TarArchiveOutputStream tar = new TarArchiveOutputStream(out, "UTF-8");

    Writer() {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
    }

    /** Adds a file, or where the name ends in a slash a directory. */
    Writer add(String name, byte[] content) throws IOException {
      TarArchiveEntry entry = new TarArchiveEntry(name, true);
      entry.setSize(content.length);
      entry.setMode(name.endsWith("/") ? 040755 : 0100640);
      tar.putArchiveEntry(entry);
      tar.write(content);
      tar.closeArchiveEntry();
      return this;
    }

    /** Adds empty files. */
    Writer empty(String... names) throws IOException {
      for (String name : names) {
        add(name, new byte[0]);
      }
      return this;
    }

    /** Adds a symbolic link. */
    Writer link(String name, String target) throws IOException {
      TarArchiveEntry entry = new TarArchiveEntry(name, TarArchiveEntry.LF_SYMLINK);
      entry.setLinkName(target);
      tar.putArchiveEntry(entry);
      tar.closeArchiveEntry();
      return this;
    }

    byte[] end() throws IOException {
      tar.finish();
      return out.toByteArray();
    }
  }
}
