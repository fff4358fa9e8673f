package dev.slipway.oci;

/** Content is not what its digest says. */
public final class DigestMismatchException extends ImageException {
  private static final long serialVersionUID = 1L;

  private final transient Digest expected;
  private final transient Digest actual;

  /** {@code what} should have had the digest {@code expected}. */
  public DigestMismatchException(String what, Digest expected, Digest actual) {
    super("%s: expected %s, found %s".formatted(what, expected, actual));
    this.expected = expected;
    this.actual = actual;
  }

  /** The digest that was promised. */
  public Digest expected() {
    return expected;
  }

  /** The digest of the content. */
  public Digest actual() {
    return actual;
  }
}
