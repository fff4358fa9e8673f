package dev.slipway.transport;

import dev.slipway.files.RawName;
import dev.slipway.layer.TarHeader;
import dev.slipway.layer.TarMember;
import dev.slipway.layer.TarReader;
import dev.slipway.oci.ImageException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What an outer archive holds, by plain name. Of members with one name the last counts. */
final class ArchiveIndex {
  /** How much memory the members may take, as far as it can be told. */
  private static final long BUDGET = 64 << 20;

  private static final long MEMBER_COST = 800;
  private static final long RECORD_COST = 200;
  private static final int MOST_LINKS = 40;

  /** Far more than any image has; whoever goes through directories may recurse. */
  private static final int MOST_DEPTH = 100;

  private final String archive;
  private final Source source;
  private final Map<RawName, TarMember> members = new HashMap<>();
  private final Set<RawName> doubled = new HashSet<>();
  private long cost;

  private ArchiveIndex(String archive, Source source) {
    this.archive = archive;
    this.source = source;
  }

  /** Has members that are found only when they are asked for. */
  @FunctionalInterface
  interface Source {
    /** The member that is at {@code place}; null if there is none. */
    @Nullable TarMember find(RawName place) throws IOException;
  }

  /** What is in a folder, as far as it is asked for. */
  static ArchiveIndex of(LayoutFolder folder) {
    return new ArchiveIndex(folder.name(), folder);
  }

  /** Reads the headers of all members. */
  static ArchiveIndex read(ArchiveFile file) throws IOException {
    ArchiveIndex index = new ArchiveIndex(file.name(), _ -> null);
    TarReader reader = new TarReader(new BufferedInputStream(file.stream(), 4096), file.name());
    for (TarMember member = reader.next(); member != null; member = reader.next()) {
      index.add(member);
    }
    return index;
  }

  private void add(TarMember member) throws ImageException {
    TarHeader header = member.header();
    RawName name = header.name();
    if (MemberName.climbs(name)) {
      throw fault(member, "has '..' in its name");
    }
    RawName place = MemberName.of(name);
    if (place == null) {
      throw fault(member, "has an absolute name");
    }
    if (linkTarget(place, header) == null) {
      throw fault(member, "is a link that leaves the archive: " + header.linkName());
    }
    int depth = MemberName.split(place).size();
    if (depth > MOST_DEPTH) {
      throw fault(member, "lies " + depth + " directories deep");
    }
    cost += (long) depth * place.length();
    cost += MEMBER_COST + 3L * name.length() + header.linkName().length();
    for (Map.Entry<String, RawName> entry : member.paxRecords().entrySet()) {
      cost += RECORD_COST + entry.getKey().length() + entry.getValue().length();
    }
    if (cost > BUDGET) {
      throw new ImageException(archive + ": has too many members to be an image archive");
    }
    if (members.put(place, member) != null) {
      doubled.add(place);
    }
  }

  /** The place that a link points to, or its own if it is none; null if that is outside. */
  private static @Nullable RawName linkTarget(RawName place, TarHeader header) {
    return switch (header.type()) {
      case SYMLINK -> MemberName.target(place, header.linkName());
      case HARDLINK ->
          MemberName.climbs(header.linkName()) ? null : MemberName.of(header.linkName());
      default -> place;
    };
  }

  private ImageException fault(TarMember member, String problem) {
    return new ImageException(
        "%s: member %s %s".formatted(archive, member.header().name(), problem));
  }

  /** Whether there is a member of this plain name. */
  boolean contains(String name) throws IOException {
    return member(RawName.of(name)) != null;
  }

  private @Nullable TarMember member(RawName place) throws IOException {
    TarMember known = members.get(place);
    if (known == null) {
      known = source.find(place);
      if (known != null) {
        add(known);
      }
    }
    return known;
  }

  /**
   * The only member of this name, which must be a file.
   *
   * @param what what names it, in errors
   */
  TarMember document(String name, String what) throws IOException {
    RawName place = place(name, what);
    TarMember member = member(place);
    if (member == null) {
      throw new ImageException("%s: %s is missing%s".formatted(archive, name, origin(name, what)));
    }
    if (doubled.contains(place)) {
      throw new ImageException("%s: %s is there more than once".formatted(archive, name));
    }
    if (member.header().type() != TarHeader.Type.REGULAR || member.sparse()) {
      throw new ImageException("%s: %s is not a plain file".formatted(archive, name));
    }
    return member;
  }

  private static String origin(String name, String what) {
    return name.equals(what) ? "" : ", but named by " + what;
  }

  /** All members by their places; of those with one place the last. */
  Map<RawName, TarMember> members() {
    return Collections.unmodifiableMap(members);
  }

  /** A member, its place, and the file that it is in the end. */
  record Resolved(RawName place, TarMember member, RawName fileName, TarMember file) {}

  /** The member of this name, links followed. */
  Resolved resolve(String name, String what) throws IOException {
    return resolve(place(name, what), name, what);
  }

  /** The member that has the content of what is at {@code place}. */
  TarMember file(RawName place) throws IOException {
    return resolve(place, place.toString(), place.toString()).file();
  }

  private Resolved resolve(RawName start, String name, String what) throws IOException {
    RawName place = start;
    TarMember member = member(place);
    TarMember file = member;
    for (int links = 0; file != null; links++) {
      if (file.header().type() == TarHeader.Type.REGULAR) {
        if (member == null || file.sparse()) {
          break;
        }
        return new Resolved(start, member, place, file);
      }
      RawName target = linkTarget(place, file.header());
      if (target == null || target.equals(place) || links == MOST_LINKS) {
        throw new ImageException("%s: %s, named by %s, is no file".formatted(archive, name, what));
      }
      place = target;
      file = member(place);
    }
    if (file != null) {
      throw new ImageException("%s: %s is stored as a sparse file".formatted(archive, name));
    }
    if (member != null) {
      throw new ImageException(
          "%s: %s is a link to %s, which is missing".formatted(archive, name, place));
    }
    throw new ImageException("%s: %s is missing%s".formatted(archive, name, origin(name, what)));
  }

  private RawName place(String name, String what) throws ImageException {
    RawName raw = RawName.of(name);
    RawName place = MemberName.climbs(raw) ? null : MemberName.of(raw);
    if (place == null || place.length() == 0) {
      throw new ImageException(
          "%s: %s names no member of the archive: '%s'".formatted(archive, what, name));
    }
    return place;
  }
}
