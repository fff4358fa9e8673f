package dev.slipway.layer;

/**
 * A member of a layer.
 *
 * @param header what the tar says of it
 * @param content where its bytes come from, as many as the header says
 */
record Member(TarHeader header, Content content) implements Stretch {
  @Override
  public long count() {
    return 1;
  }
}
