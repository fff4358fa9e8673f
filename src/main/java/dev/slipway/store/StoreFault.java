package dev.slipway.store;

/**
 * A valid path whose object is not as it should be.
 *
 * @param path the path
 * @param fault one line that says what is wrong with it, without its name
 */
public record StoreFault(StorePath path, String fault) {
  @Override
  public String toString() {
    return path + " " + fault;
  }
}
