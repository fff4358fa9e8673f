package dev.slipway.debian;

import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A package that a mirror has.
 *
 * @param name its name
 * @param version its version
 * @param architecture what it is for, in Debian's words; {@code all} for any
 * @param rank how ordinary it is, from 0 for what is required on
 * @param dependencies what it cannot do without, as it is written
 * @param exclusions what it cannot be together with, as it is written
 * @param provided further names that it goes by
 * @param path where it lies below the mirror's root
 * @param size how many bytes it has
 * @param digest the digest of these
 */
record DebianPackage(
    String name,
    DebianVersion version,
    String architecture,
    int rank,
    String dependencies,
    String exclusions,
    List<Relation> provided,
    String path,
    long size,
    Digest digest) {
  private static final List<String> PRIORITIES =
      List.of("required", "important", "standard", "optional");

  /**
   * The package that a paragraph of a {@code Packages} file describes.
   *
   * @param archive what stands before its {@code Filename}
   */
  static DebianPackage of(Map<String, String> fields, String archive) throws ImageException {
    String name = field(fields, "Package");
    try {
      List<Relation> provided = new ArrayList<>();
      Relation.needs(fields.getOrDefault("Provides", "")).forEach(provided::addAll);
      int rank = PRIORITIES.indexOf(fields.getOrDefault("Priority", ""));
      return new DebianPackage(
          name,
          new DebianVersion(field(fields, "Version")),
          field(fields, "Architecture"),
          rank < 0 ? PRIORITIES.size() : rank,
          fields.getOrDefault("Pre-Depends", "") + "," + fields.getOrDefault("Depends", ""),
          fields.getOrDefault("Conflicts", "") + "," + fields.getOrDefault("Breaks", ""),
          List.copyOf(provided),
          LockedPackage.requirePath(archive + "/" + field(fields, "Filename")),
          Long.parseLong(field(fields, "Size")),
          new Digest(field(fields, "SHA256")));
    } catch (IllegalArgumentException e) {
      throw new ImageException("package " + name + ": " + e.getMessage(), e);
    }
  }

  /** What it cannot do without: for each need, alternatives. */
  List<List<Relation>> needs() throws ImageException {
    return Relation.needs(dependencies);
  }

  /** What it cannot be together with. */
  List<Relation> excluded() throws ImageException {
    return Relation.needs(exclusions).stream().flatMap(List::stream).toList();
  }

  /** Whether {@code relation} means it, by its own name or by one that it provides. */
  boolean isMeantBy(Relation relation) {
    return (relation.name().equals(name) && relation.allows(version))
        || provided.stream().anyMatch(relation::allows);
  }

  @Override
  public String toString() {
    return name + " " + version;
  }

  private static String field(Map<String, String> fields, String name) throws ImageException {
    String value = fields.get(name);
    if (value == null) {
      throw new ImageException(
          "package %s: expected a field %s".formatted(fields.getOrDefault("Package", "?"), name));
    }
    return value;
  }
}
