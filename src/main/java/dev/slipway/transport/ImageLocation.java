package dev.slipway.transport;

import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.Platform;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where images lie on this machine, and which of them are meant.
 *
 * @param form in which form they lie there
 * @param path the file or folder
 * @param choice which of the images there
 */
public record ImageLocation(Form form, Path path, ImageChoice choice) {
  /** The forms that images are kept in. */
  public enum Form {
    /** Whichever it turns out to be. */
    ANY(""),
    /** A docker archive, or what an archive has instead of its documents. */
    DOCKER_ARCHIVE("docker-archive:"),
    /** An OCI layout in a tar. */
    OCI_ARCHIVE("oci-archive:"),
    /** An OCI layout that is a folder. */
    OCI("oci:");

    private final String prefix;

    Form(String prefix) {
      this.prefix = prefix;
    }

    /** What stands before the path. */
    public String prefix() {
      return prefix;
    }
  }

  /** All that is in a file or folder, whatever its form. */
  public static ImageLocation of(Path path) {
    return new ImageLocation(Form.ANY, path, ImageChoice.ALL);
  }

  /**
   * Reads skopeo's notation: {@code oci:DIR}, {@code oci-archive:FILE} or {@code
   * docker-archive:FILE}, with {@code :NAME} or {@code @DIGEST} behind it if one image of several
   * is meant, or {@code :@N} for the one in this place, from 0. A path that has a colon itself is
   * understood if there is no other.
   *
   * @param folder what relative paths start from
   * @return nothing if {@code text} begins in another way
   * @throws ImageException if there is no path, or nothing after a colon
   */
  public static Optional<ImageLocation> parse(String text, Path folder) throws ImageException {
    for (Form form : Form.values()) {
      if (!form.prefix.isEmpty() && text.startsWith(form.prefix)) {
        try {
          return Optional.of(parse(form, text.substring(form.prefix.length()), folder));
        } catch (IllegalArgumentException e) {
          throw new ImageException(
              "'%1$s': expected %2$sPATH, %2$sPATH:NAME, %2$sPATH:@NUMBER or %2$sPATH@sha256:DIGEST"
                  .formatted(text, form.prefix),
              e);
        }
      }
    }
    return Optional.empty();
  }

  private static ImageLocation parse(Form form, String rest, Path folder) {
    int at = rest.lastIndexOf("@sha256:");
    if (at >= 0) {
      Digest digest = Digest.parse(rest.substring(at + 1));
      return new ImageLocation(
          form, path(rest.substring(0, at), folder), ImageChoice.pinned(digest));
    }
    int colon = rest.indexOf(':');
    if (colon < 0 || isPath(rest, colon, folder)) {
      return new ImageLocation(form, path(rest, folder), ImageChoice.ALL);
    }
    String name = rest.substring(colon + 1);
    if (name.isEmpty()) {
      throw new IllegalArgumentException("an empty name");
    }
    ImageChoice choice =
        name.startsWith("@")
            ? ImageChoice.numbered(number(name.substring(1)))
            : ImageChoice.named(name);
    return new ImageLocation(form, path(rest.substring(0, colon), folder), choice);
  }

  private static int number(String digits) {
    if (digits.isEmpty() || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw new IllegalArgumentException("expected a number after @");
    }
    return Integer.parseInt(digits);
  }

  private static boolean isPath(String rest, int colon, Path folder) {
    return (colon == 0 || !Files.exists(folder.resolve(rest.substring(0, colon))))
        && Files.exists(folder.resolve(rest));
  }

  private static Path path(String text, Path folder) {
    if (text.isEmpty()) {
      throw new IllegalArgumentException("an empty path");
    }
    return folder.resolve(text);
  }

  /** The same images, and of those that one name stands for that for this platform. */
  public ImageLocation on(Platform platform) {
    return choice.platform().isPresent()
        ? this
        : new ImageLocation(form, path, choice.on(platform));
  }
}
