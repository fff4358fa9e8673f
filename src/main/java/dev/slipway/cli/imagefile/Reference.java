package dev.slipway.cli.imagefile;

/**
 * What a {@code ${{ … }}} names.
 *
 * @param kind the part of the image file that it is defined in
 * @param name its key there
 */
public record Reference(Kind kind, String name) {
  /** The parts of the image file that define names. */
  public enum Kind {
    /** {@code paths}: store objects. */
    PATHS("paths"),
    /** {@code images}. */
    IMAGES("images");

    private final String key;

    Kind(String key) {
      this.key = key;
    }

    /** The part's key in the image file. */
    public String key() {
      return key;
    }
  }

  /** A store object. */
  static Reference path(String name) {
    return new Reference(Kind.PATHS, name);
  }

  /** An image. */
  static Reference image(String name) {
    return new Reference(Kind.IMAGES, name);
  }

  /** {@code paths.NAME} or {@code images.NAME}. */
  @Override
  public String toString() {
    return kind.key() + "." + name;
  }
}
