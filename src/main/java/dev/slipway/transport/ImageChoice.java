package dev.slipway.transport;

import dev.slipway.oci.Digest;
import dev.slipway.oci.Platform;
import java.util.Optional;

/**
 * Which images of several are meant: those to which all applies that is said.
 *
 * @param name what they are called there: {@code NAME:TAG}, or, in an OCI layout, perhaps only a
 *     name or only a tag
 * @param digest the digest of the manifest, or of the list of manifests
 * @param index which it is of all that are listed, from 0
 * @param platform what they run on, where one name stands for images for several platforms
 */
public record ImageChoice(
    Optional<String> name,
    Optional<Digest> digest,
    Optional<Integer> index,
    Optional<Platform> platform) {
  /** All that there are. */
  public static final ImageChoice ALL =
      new ImageChoice(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

  /** Those of a name. */
  public static ImageChoice named(String name) {
    return new ImageChoice(Optional.of(name), Optional.empty(), Optional.empty(), Optional.empty());
  }

  /** Those of a digest. */
  public static ImageChoice pinned(Digest digest) {
    return new ImageChoice(
        Optional.empty(), Optional.of(digest), Optional.empty(), Optional.empty());
  }

  /** The one in this place of those that are listed, from 0. */
  public static ImageChoice numbered(int index) {
    return new ImageChoice(
        Optional.empty(), Optional.empty(), Optional.of(index), Optional.empty());
  }

  /** This choice, of what serves {@code target}. */
  public ImageChoice on(Platform target) {
    return new ImageChoice(name, digest, index, Optional.of(target));
  }

  /** Whether it passes over images for other reasons than their platform. */
  boolean isNarrow() {
    return name.isPresent() || digest.isPresent() || index.isPresent();
  }

  /** As it is written behind a path. */
  @Override
  public String toString() {
    return name.map(text -> ":" + text).orElse("")
        + digest.map(value -> "@" + value).orElse("")
        + index.map(number -> ":@" + number).orElse("");
  }
}
